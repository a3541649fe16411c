"""A small network of one's own: trained for two styles on pictures that are drawn here, saved, applied, exported."""

from pathlib import Path

import numpy as np

import steadystyle
from steadystyle.feedforward.model_file import save_model

generator = np.random.default_rng(0)
y, x = np.mgrid[0:64, 0:80] / 64
photos = Path("photos")
photos.mkdir(exist_ok=True)
for number in range(6):
    waves = [np.sin(generator.uniform(2, 9) * x + generator.uniform(2, 9) * y) for _ in range(3)]
    steadystyle.save_image(photos / f"{number}.png", np.stack(waves, axis=-1) / 2.1 + 0.5)
stripes = np.tile([[[0.9, 0.3, 0.1], [0.1, 0.2, 0.6]]], (48, 24, 1))
tiles = generator.random((6, 6, 3)).repeat(8, axis=0).repeat(8, axis=1)

settings = steadystyle.TrainSettings(steps=30, batch=2, size=32, style_size=48, look_every=10)
trained = steadystyle.train([stripes, tiles], photos, names=["stripes", "tiles"], settings=settings)
print(f"{trained.steps} steps; the best weights are those of step {trained.best_step}: loss {trained.loss:.3f}")

save_model(trained.network, Path("two.keras"))
paint = steadystyle.TrainedStyle("two.keras", shares={"stripes": 1, "tiles": 2})
steadystyle.save_image("painted.png", paint(photos / "0.png"))
exported = steadystyle.export("two.keras", "two_for_tensorflow", "saved-model", overwrite=True)
print(f"{exported.path} differs from the network by at most {exported.difference:.1g}")
assert trained.loss <= trained.looks[0].validation["loss"]
