# expect: log-of-nonpositive
import tensorflow as tf

p = tf.Variable([0.5, 0.3, 0.2])


@tf.function
def entropy_step():
    with tf.GradientTape() as tape:
        h = -tf.reduce_sum(p * tf.math.log(p))  # <- here
    g = tape.gradient(h, p)
    p.assign_sub(0.005 * g)
    return h


for i in range(200):
    h = entropy_step()
    if i % 25 == 0:
        print(i, h.numpy())
