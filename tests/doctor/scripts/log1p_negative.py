# expect: log-of-nonpositive
import tensorflow as tf

w = tf.Variable([-0.4, 0.2])


@tf.function
def train():
    for _ in tf.range(50):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.math.log1p(w))  # <- here
        w.assign_sub(0.05 * tape.gradient(loss, w))


train()
print(w.numpy())
