# expect: healthy
import tensorflow as tf

w = tf.Variable(tf.random.normal((8, 1), seed=1))
x = tf.random.normal((32, 8), seed=2) * 400.0
opt = tf.keras.optimizers.Adam(1e-2)
for i in range(5):
    with tf.GradientTape() as tape:
        y = tf.cast(x, tf.bfloat16) @ tf.cast(w, tf.bfloat16)
        loss = tf.reduce_mean(tf.square(tf.cast(y, tf.float32)))
    opt.apply_gradients([(tape.gradient(loss, w), w)])
    print(loss.numpy())
