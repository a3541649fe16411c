# expect: nonfinite-weights
import keras
import numpy as np

model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(1)])
weights = [np.array(w) for w in model.get_weights()]
weights[0][1, 2] = np.nan
model.set_weights(weights)  # <- here
model.compile("sgd", "mse", jit_compile=False)
model.fit(np.ones((8, 3), "float32"), np.ones((8, 1), "float32"), epochs=1, verbose=0)
