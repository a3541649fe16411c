# expect: sqrt-gradient-at-zero
import tensorflow as tf

tf.debugging.enable_check_numerics()
v = tf.Variable(tf.zeros((3,)))
for i in range(2):
    with tf.GradientTape() as tape:
        loss = tf.norm(v) + tf.reduce_sum(v)  # <- here
    g = tape.gradient(loss, v)
    v.assign_sub(0.1 * g)
    print(loss.numpy())
