"""Keras `fit` that survives a broken batch: undone, reported, and training goes on."""

import keras
import numpy as np

import steadystyle

keras.utils.set_random_seed(0)
generator = np.random.default_rng(0)
x = generator.normal(size=(512, 8)).astype(np.float32)
y = (x @ generator.normal(size=(8, 1))).astype(np.float32)
x[100, 3] = np.nan  # one broken entry, which plain `fit` spreads to every weight

model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(0.01), "mse")
guard = steadystyle.NumericsGuard()
history = model.fit(x, y, batch_size=32, epochs=3, verbose=0, shuffle=False, callbacks=[guard]).history

print(guard.report())
print("loss", [round(loss, 3) for loss in history["loss"]], "skipped", history["skipped_steps"])
assert all(np.isfinite(weight).all() for weight in model.get_weights())
assert history["loss"][-1] < history["loss"][0]
