# expect: healthy
# twin of: exp_overflow
import tensorflow as tf

rate = tf.Variable([1.0, 5.0])
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.exp(rate))
    rate.assign_sub(0.01 * tape.gradient(loss, rate))
    print(loss)
