# expect: log-of-nonpositive, zero-division
import tensorflow as tf

a = tf.random.uniform((8, 8), seed=5)
b = tf.Variable(a)


def psnr(x, y):
    mse = tf.reduce_mean((x - y) ** 2)
    return 20.0 - 10.0 * tf.math.log(mse) / tf.math.log(10.0)  # <- here


opt = tf.keras.optimizers.SGD(0.01)
for i in range(3):
    with tf.GradientTape() as tape:
        loss = -psnr(a, b)
    opt.apply_gradients([(tape.gradient(loss, b), b)])
    tf.print(loss)
