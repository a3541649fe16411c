# expect: half-precision-overflow
import tensorflow as tf

tf.keras.mixed_precision.set_global_policy("mixed_float16")
net = tf.keras.Sequential([tf.keras.layers.Conv2D(16, 3, padding="same", activation="relu")])
picture = tf.Variable(tf.random.uniform((1, 64, 64, 3), seed=1))


def gram(x):
    return tf.einsum("bhwc,bhwd->bcd", x, x)  # <- here


goal = tf.zeros((1, 16, 16), tf.float16)
opt = tf.keras.optimizers.Adam(0.01)
for step in range(3):
    with tf.GradientTape() as tape:
        g = gram(net(picture * 10.0)) - goal
        loss = tf.reduce_mean(tf.cast(g, tf.float32) ** 2)
    opt.apply_gradients([(tape.gradient(loss, picture), picture)])
    print(step, loss.numpy())
