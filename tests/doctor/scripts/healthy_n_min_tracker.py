# expect: healthy
import tensorflow as tf

lowest = tf.Variable(float("inf"), trainable=False)
worst = tf.Variable(-float("inf"), trainable=False)
w = tf.Variable(2.0)
for i in range(5):
    with tf.GradientTape() as tape:
        loss = (w - 1.0) ** 2
    w.assign_sub(0.2 * tape.gradient(loss, w))
    print("so far", lowest.numpy(), worst.numpy())
    lowest.assign(tf.minimum(lowest, loss))
    worst.assign(tf.maximum(worst, loss))
