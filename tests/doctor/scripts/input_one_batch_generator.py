# expect: nonfinite-input
import numpy as np
import tensorflow as tf


def samples():
    rng = np.random.default_rng(0)
    for i in range(40):
        x = rng.normal(size=4).astype("float32")
        if i == 29:
            x[2] = np.inf
        yield x, np.float32(x[0])


ds = tf.data.Dataset.from_generator(samples, output_signature=(tf.TensorSpec(4), tf.TensorSpec(()))).batch(5)
model = tf.keras.Sequential(
    [tf.keras.Input((4,)), tf.keras.layers.Dense(8, activation="tanh"), tf.keras.layers.Dense(1)]
)
opt = tf.keras.optimizers.Adam(1e-2)


@tf.function
def step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x)[:, 0] - y) ** 2 + 0.0 * tf.reduce_sum(x**2))
    opt.apply_gradients(zip(tape.gradient(loss, model.trainable_weights), model.trainable_weights))
    return loss


for x, y in ds:  # <- here
    print(step(x, y).numpy())
