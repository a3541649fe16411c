# expect: healthy
# twin of: clip_global_norm
import tensorflow as tf

a, b = tf.Variable([1.0, 1.0]), tf.Variable([2.0])
optimizer = tf.keras.optimizers.SGD(0.01)
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = 1e10 * tf.reduce_sum(a) + 1e10 * tf.reduce_sum(b)
    gradients = tape.gradient(loss, [a, b])
    clipped, _ = tf.clip_by_global_norm(gradients, 1.0)
    optimizer.apply_gradients(zip(clipped, [a, b]))
    print(a.numpy())
