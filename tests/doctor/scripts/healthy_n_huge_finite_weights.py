# expect: healthy
import tensorflow as tf

w = tf.Variable([1e18, 2e18])
opt = tf.keras.optimizers.Adam(1e16)
for i in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.abs(w))
    opt.apply_gradients([(tape.gradient(loss, w), w)])
    print(loss.numpy())
