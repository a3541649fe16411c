# expect: log-of-nonpositive
import tensorflow as tf

x = tf.constant([[40.0, 1.0], [-60.0, 2.0], [80.0, 1.0]])
y = tf.constant([[0.0], [1.0], [0.0]])
w = tf.Variable([[1.0], [0.0]])


def cross_entropy(p, t):
    return -tf.reduce_mean(t * tf.math.log(p) + (1 - t) * tf.math.log(1 - p))  # <- here


optimizer = tf.keras.optimizers.SGD(0.1)
for step in range(20):
    with tf.GradientTape() as tape:
        loss = cross_entropy(tf.sigmoid(x @ w), y)
    optimizer.apply_gradients(zip(tape.gradient(loss, [w]), [w]))
    print("step", step, "loss", loss.numpy())
