# expect: healthy
import tensorflow as tf

w = tf.Variable([1.0, 2.0])
optimizer = tf.keras.optimizers.Adam(0.1)
for _ in range(10):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(w))
    tf.debugging.check_numerics(loss, "loss")
    gradient = tape.gradient(loss, w)
    assert not tf.reduce_any(tf.math.is_nan(gradient))
    optimizer.apply_gradients([(gradient, w)])
tf.debugging.assert_all_finite(w, "weights")
