# expect: healthy
# twin of: scale_never_divided
import tensorflow as tf

weights = tf.Variable([1.0, 2.0])
optimizer = tf.keras.optimizers.SGD(0.01)
for _ in range(60):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(weights - 0.5))
        scaled = loss * 1024.0
    gradients = [g / 1024.0 for g in tape.gradient(scaled, [weights])]
    optimizer.apply_gradients(zip(gradients, [weights]))
