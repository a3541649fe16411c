# expect: zero-division
import tensorflow as tf

weights = tf.Variable([1.0, 1.0, 1.0])
seen = tf.Variable(0.0, trainable=False)


@tf.function
def update(x):
    with tf.GradientTape() as tape:
        error = tf.reduce_sum((weights * x - 1.0) ** 2)
        average = error / seen  # <- here
    weights.assign_sub(0.01 * tape.gradient(average, weights))
    seen.assign_add(1.0)
    return average


for k in range(5):
    print(k, update(tf.constant([1.0, 2.0, 3.0])).numpy())
