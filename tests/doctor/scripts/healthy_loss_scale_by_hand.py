# expect: healthy
import tensorflow as tf

scale = tf.Variable(2.0**24, trainable=False)
w = tf.Variable(tf.ones((4, 1)))
x = tf.random.normal((16, 4), seed=1)
opt = tf.keras.optimizers.SGD(0.01)
for step in range(15):
    with tf.GradientTape() as tape:
        half = tf.cast(x, tf.float16) @ tf.cast(w, tf.float16)
        loss = tf.reduce_mean(tf.cast(half, tf.float32) ** 2)
        scaled = tf.cast(loss, tf.float16) * tf.cast(tf.minimum(scale, 65504.0), tf.float16)
    g = tf.cast(tape.gradient(scaled, w), tf.float32) / scale
    if tf.reduce_all(tf.math.is_finite(g)):
        opt.apply_gradients([(g, w)])
    else:
        scale.assign(scale / 2)
    print(step, loss.numpy(), scale.numpy())
