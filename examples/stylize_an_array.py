"""Pictures as arrays in, a picture as an array out: the engine in one call."""

import numpy as np

import steadystyle

generator = np.random.default_rng(0)
y, x = np.mgrid[0:96, 0:128] / 96
content = np.stack([x / 2, y, 1 - y], axis=-1)
content[(x - 0.7) ** 2 + (y - 0.4) ** 2 < 0.06] = (1.0, 0.9, 0.3)
style = np.kron(generator.random((12, 12, 3)), np.ones((8, 8, 1)))

result = steadystyle.stylize(content, style, size=96, preset="draft")

print(f"{result.outcome.name}: loss {result.history[0].loss:.3f} -> {result.loss:.3f}")
print(f"{len(result.history)} gradient evaluations, {len(result.events)} repairs")
assert result.image.shape == (72, 96, 3)
assert np.isfinite(result.image).all()
steadystyle.save_image("array.png", result.image)
