# expect: healthy
import numpy as np
import tensorflow as tf

x = np.random.default_rng(0).normal(size=(6, 8, 3)).astype("float32")
x[2, 4, 1] = np.nan
model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
opt = tf.keras.optimizers.Adam(1e-2)
for batch in x:
    if np.isnan(batch).any():
        print("skipping a damaged batch")
        continue
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(batch) ** 2)
    v = model.trainable_variables
    opt.apply_gradients(zip(tape.gradient(loss, v), v))
    print(loss.numpy())
