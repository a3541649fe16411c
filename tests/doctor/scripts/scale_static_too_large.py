# expect: loss-scale-misuse, half-precision-overflow
import tensorflow as tf

SCALE = 65536.0
w = tf.Variable(tf.random.normal((16, 1), seed=1))
x = tf.random.normal((64, 16), seed=2)
opt = tf.keras.optimizers.SGD(0.01)
for step in range(8):
    with tf.GradientTape() as tape:
        y = tf.cast(x, tf.float16) @ tf.cast(w, tf.float16)
        loss = tf.reduce_mean(tf.square(y))
        scaled = loss * tf.cast(SCALE / 2, tf.float16)  # <- here
    g = tape.gradient(scaled, w) / (SCALE / 2)
    opt.apply_gradients([(g, w)])
    print(step, loss.numpy())
