# expect: healthy
import tensorflow as tf

z = tf.Variable([50.0, -50.0])
t = tf.constant([0.0, 1.0])
opt = tf.keras.optimizers.Adam(0.5)
for i in range(6):
    with tf.GradientTape() as tape:
        p = tf.clip_by_value(tf.sigmoid(z), 1e-6, 1 - 1e-6)
        loss = -tf.reduce_mean(t * tf.math.log(p) + (1 - t) * tf.math.log(1 - p)) + 0.01 * tf.reduce_sum(z**2)
    opt.apply_gradients([(tape.gradient(loss, z), z)])
    print(loss.numpy())
