"""Floor 1: files to pixels and back. Pillow lives here and nowhere else."""
