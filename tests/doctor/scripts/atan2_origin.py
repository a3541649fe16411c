# expect: trig-domain
import tensorflow as tf

field = tf.Variable(tf.zeros((3, 3, 2)))
opt = tf.keras.optimizers.SGD(0.1)
for i in range(2):
    with tf.GradientTape() as tape:
        direction = tf.atan2(field[..., 1], field[..., 0])  # <- here
        loss = tf.reduce_mean((direction - 1.0) ** 2)
    opt.apply_gradients([(tape.gradient(loss, field), field)])
    print(loss.numpy())
