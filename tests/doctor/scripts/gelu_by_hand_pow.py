# expect: pow-domain
import tensorflow as tf


@tf.function
def gamma_correct(img, g):
    return tf.pow(img, g)  # <- here


gamma = tf.Variable(0.45)
img = tf.concat([tf.zeros((1, 4, 4, 3)), tf.random.uniform((1, 4, 4, 3), seed=2)], 0)
goal = tf.random.uniform((2, 4, 4, 3), seed=3)
opt = tf.keras.optimizers.Adam(0.01)
for i in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((gamma_correct(img * gamma, gamma) - goal) ** 2)
    opt.apply_gradients([(tape.gradient(loss, gamma), gamma)])
    print(loss.numpy())
