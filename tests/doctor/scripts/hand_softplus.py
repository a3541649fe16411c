# expect: unstable-softmax, exp-overflow
import tensorflow as tf

x = tf.Variable([0.0, 10.0, 100.0])
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.math.log(1.0 + tf.exp(x)))  # <- here
    x.assign_sub(0.1 * tape.gradient(loss, x))
    print(loss.numpy())
