# expect: healthy
# twin of: small_std
import tensorflow as tf

x = tf.constant([[1.0, 1.0, 1.0000001, 1.0], [0.1, 0.5, 0.9, 0.2]])
scale = tf.Variable(1.0)
for _ in range(3):
    with tf.GradientTape() as tape:
        mean, variance = tf.nn.moments(x, axes=[1], keepdims=True)
        normal = (x - mean) * scale / tf.sqrt(variance + 1e-5)
        loss = tf.reduce_mean(normal)
    scale.assign_sub(0.1 * tape.gradient(loss, scale))
