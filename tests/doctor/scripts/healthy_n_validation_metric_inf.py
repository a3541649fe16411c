# expect: healthy
import tensorflow as tf

w = tf.Variable(tf.ones((2, 2)))
for i in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((w - 0.5) ** 2)
    w.assign_sub(0.5 * tape.gradient(loss, w))
    psnr = tf.image.psnr(tf.ones((1, 4, 4, 1)), tf.ones((1, 4, 4, 1)), 1.0)
    print(i, loss.numpy(), "psnr", psnr.numpy())
