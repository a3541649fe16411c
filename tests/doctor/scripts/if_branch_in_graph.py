# expect: log-of-nonpositive
import tensorflow as tf

w = tf.Variable([0.3, 0.6])


@tf.function
def objective(step):
    if step < 4:
        value = tf.reduce_sum(w**2)
    else:
        value = tf.reduce_sum(tf.math.log(w - 0.5))  # <- here
    return value


for k in tf.range(8):
    with tf.GradientTape() as tape:
        value = objective(k)
    w.assign_sub(0.01 * tape.gradient(value, w))
    print(int(k), float(value))
