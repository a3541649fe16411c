# expect: pow-domain
import tensorflow as tf

x = tf.constant([0.5, -0.5, 2.0])
a = tf.Variable(1.0)
opt = tf.keras.optimizers.Adam(0.1)
for i in range(3):
    with tf.GradientTape() as tape:
        y = tf.pow(a * x, 1.5)  # <- here
        loss = tf.reduce_sum(y)
    opt.apply_gradients([(tape.gradient(loss, a), a)])
    print(loss.numpy())
