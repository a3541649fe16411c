# expect: healthy
import tensorflow as tf

table = tf.constant([[1.0, 2.0], [3.0, 4.0]])
print(tf.linalg.inv(table), tf.math.log(tf.constant(0.0)) < 0)
