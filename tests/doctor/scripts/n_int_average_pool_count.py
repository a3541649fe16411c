# expect: zero-division
import tensorflow as tf

segments = tf.constant([0, 0, 2, 2, 2])
values = tf.Variable([1.0, 2.0, 3.0, 4.0, 5.0])


@tf.function(reduce_retracing=True)
def segment_means():
    total = tf.math.unsorted_segment_sum(values, segments, 3)
    count = tf.math.unsorted_segment_sum(tf.ones_like(values), segments, 3)
    return total / count  # <- here


for i in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(segment_means() ** 2)
    values.assign_sub(0.01 * tape.gradient(loss, values))
    print(loss.numpy())
