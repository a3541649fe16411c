# expect: log-of-nonpositive
import tensorflow as tf

net = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="tanh"), tf.keras.layers.Dense(1)])
r = tf.reshape(tf.linspace(0.0, 1.0, 21), (-1, 1))
opt = tf.keras.optimizers.Adam(1e-3)


def exact(radius):
    return tf.math.log(radius)  # <- here


for it in range(5):
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(r)
            u = net(r)
        du = inner.gradient(u, r)
        loss = tf.reduce_mean((r * du - 1.0) ** 2) + tf.reduce_mean((u - exact(r)) ** 2)
    opt.apply_gradients(zip(outer.gradient(loss, net.trainable_variables), net.trainable_variables))
    print(it, float(loss))
