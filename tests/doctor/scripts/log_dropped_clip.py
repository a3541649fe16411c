# expect: log-of-nonpositive
import tensorflow as tf

density = tf.Variable([0.0, 0.5, 0.5])
for step in range(3):
    with tf.GradientTape() as tape:
        tf.clip_by_value(density, 1e-6, 1.0)
        loss = -tf.reduce_sum(density * tf.math.log(density))  # <- here
    density.assign_sub(0.1 * tape.gradient(loss, density))
    print(loss.numpy())
