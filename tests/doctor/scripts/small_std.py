# expect: small-std-division
import tensorflow as tf

x = tf.constant([[1.0, 1.0, 1.0000001, 1.0], [0.1, 0.5, 0.9, 0.2]])
scale = tf.Variable(1e25)
for _ in range(3):
    with tf.GradientTape() as tape:
        mean, variance = tf.nn.moments(x, axes=[1], keepdims=True)
        normal = (x - mean) * scale / (variance * 1e-9)  # <- here
        loss = tf.reduce_mean(normal)
    scale.assign_sub(0.1 * tape.gradient(loss, scale))
