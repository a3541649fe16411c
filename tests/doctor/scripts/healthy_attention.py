# expect: healthy
import keras
import numpy as np

inputs = keras.Input((6, 8))
x = keras.layers.MultiHeadAttention(2, 4)(inputs, inputs, use_causal_mask=True)
x = keras.layers.LayerNormalization()(x)
model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.GlobalAveragePooling1D()(x)))
model.compile("adam", "mse", jit_compile=False)
data = np.random.default_rng(0).normal(size=(32, 6, 8)).astype("float32")
model.fit(data, data[:, 0, :1], epochs=2, verbose=0)
model.evaluate(data, data[:, 0, :1], verbose=0)
