"""Any picture in the style of any other in one pass, by the network that ships."""

import numpy as np

import steadystyle

y, x = np.mgrid[0:96, 0:128]
content = np.stack([x / 127, y / 95, np.hypot(x - 64, y - 48) < 30], axis=-1).astype(np.float32)
stripes = np.tile([[[0.9, 0.3, 0.1], [0.1, 0.2, 0.6]]], (64, 32, 1))
dots = np.where(np.hypot(x % 16 - 8, y % 16 - 8) < 5, 0.95, 0.2)[..., np.newaxis] * np.array([1.0, 0.9, 0.4])

paint = steadystyle.ArbitraryStyle([stripes, dots], shares=[1, 3], strength=0.9)
for number, picture in enumerate((content, content[:, ::-1])):
    steadystyle.save_image(f"painted-{number}.png", paint(picture))
print("painted-0.png, painted-1.png")
