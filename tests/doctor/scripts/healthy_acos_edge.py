# expect: healthy
# twin of: acos_edge
import tensorflow as tf

a = tf.Variable([1.0, 2.0, 2.0])
b = tf.constant([2.0, 4.0, 4.0])
for _ in range(3):
    with tf.GradientTape() as tape:
        cosine = tf.reduce_sum(a * b) / (tf.norm(a) * tf.norm(b)) * 0.999
        loss = tf.acos(cosine)
    a.assign_sub(0.1 * tape.gradient(loss, a))
    print(float(loss))
