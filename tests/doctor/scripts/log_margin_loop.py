# expect: log-of-nonpositive
import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.Adam(0.01)
x = np.random.default_rng(0).normal(size=(64, 5)).astype("float32")
counts = np.abs(x[:, :1])


def poisson(y, rate):
    return tf.reduce_mean(rate - y * tf.math.log(rate))  # <- here


for epoch in range(3):
    with tf.GradientTape() as tape:
        loss = poisson(counts, model(x))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    print(f"epoch {epoch}: loss {loss:.3f}")
