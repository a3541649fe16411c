"""One file, one cause: the evidence it looks for and the edits it proposes. Its words are in `core/causes.py`."""
