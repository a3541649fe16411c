# expect: high-learning-rate
import tensorflow as tf

weights = tf.Variable(tf.ones((8,)))
curvature = tf.linspace(0.1, 1.0, 8)
optimizer = tf.keras.optimizers.SGD(4.0)  # <- here

for step in range(200):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(curvature * weights**2)
    gradients = tape.gradient(loss, [weights])
    optimizer.apply_gradients(zip(gradients, [weights]))
    if not tf.math.is_finite(loss):
        print("diverged at", step)
        break
