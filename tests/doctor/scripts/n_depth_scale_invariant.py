# expect: log-of-nonpositive
import tensorflow as tf

net = tf.keras.Sequential(
    [
        tf.keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
        tf.keras.layers.Conv2D(1, 3, padding="same", activation="relu"),
    ]
)
image = tf.random.uniform((2, 8, 8, 3), seed=1)
truth = tf.random.uniform((2, 8, 8, 1), 0.5, 5.0, seed=2)
opt = tf.keras.optimizers.Adam(1e-3)


def silog(p, t):
    d = tf.math.log(p) - tf.math.log(t)  # <- here
    return tf.reduce_mean(d**2) - 0.5 * tf.reduce_mean(d) ** 2


for step in range(3):
    with tf.GradientTape() as tape:
        loss = silog(net(image, training=True), truth)
    g = tape.gradient(loss, net.trainable_weights)
    opt.apply_gradients(zip(g, net.trainable_weights))
    print(step, loss.numpy())
