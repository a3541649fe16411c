# expect: empty-reduction, zero-division
import tensorflow as tf

ema = tf.Variable(0.0, trainable=False)
w = tf.Variable(1.0)
batches = [tf.constant([1.0, 2.0]), tf.constant([], tf.float32), tf.constant([3.0])]
for b in batches * 2:
    mean = tf.reduce_mean(b)  # <- here
    ema.assign(0.9 * ema + 0.1 * mean)
    with tf.GradientTape() as tape:
        loss = (w - ema) ** 2
    w.assign_sub(0.1 * tape.gradient(loss, w))
    print(loss.numpy())
