# expect: log-of-nonpositive
import tensorflow as tf

p = tf.Variable([0.2, 1.0, 0.7])
optimizer = tf.keras.optimizers.SGD(0.01)
for _ in range(4):
    with tf.GradientTape() as tape:
        clipped = tf.clip_by_value(p, 0.0, 1.0 - 1e-9)
        loss = -tf.reduce_mean(tf.math.log(1.0 - clipped))  # <- here
    optimizer.apply_gradients([(tape.gradient(loss, p), p)])
    print(loss.numpy())
