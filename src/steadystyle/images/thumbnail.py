"""A picture small enough to travel inside a page."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from steadystyle.images.resize import fit, resize


def as_webp(image: np.ndarray, size: int, quality: int = 80) -> bytes:
    """The bytes of a WebP file of `image`, float (H, W, 3) in [0, 1] and sRGB; its longer side is `size` at most."""
    height, width = image.shape[:2]
    if max(height, width) > size:
        image = resize(image, *fit(height, width, size))
    file = io.BytesIO()
    Image.fromarray(np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)).save(file, "WEBP", quality=quality)
    return file.getvalue()
