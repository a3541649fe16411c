# expect: exp-overflow
# lint: not visible
import tensorflow as tf

encoder = tf.keras.layers.Dense(4)
x = tf.random.normal((8, 3), seed=1) * 200.0
opt = tf.keras.optimizers.Adam(1e-3)


@tf.function
def elbo():
    mean, logvar = tf.split(encoder(x), 2, axis=1)
    return tf.reduce_mean(0.5 * tf.reduce_sum(tf.exp(logvar) + mean**2 - 1.0 - logvar, axis=1))  # <- here


for _ in range(4):
    with tf.GradientTape() as tape:
        loss = elbo()
    g = tape.gradient(loss, encoder.trainable_variables)
    opt.apply_gradients(zip(g, encoder.trainable_variables))
    print(loss.numpy())
