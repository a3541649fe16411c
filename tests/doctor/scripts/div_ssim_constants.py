# expect: zero-division
import tensorflow as tf


def ssim(a, b, c1=0.0, c2=0.0):
    ma, mb = tf.reduce_mean(a), tf.reduce_mean(b)
    va, vb = tf.reduce_mean((a - ma) ** 2), tf.reduce_mean((b - mb) ** 2)
    cov = tf.reduce_mean((a - ma) * (b - mb))
    num = (2 * ma * mb + c1) * (2 * cov + c2)
    den = (ma**2 + mb**2 + c1) * (va + vb + c2)
    return num / den  # <- here


flat = tf.ones((16, 16)) * 0.5
picture = tf.Variable(tf.ones((16, 16)) * 0.25)
optimizer = tf.keras.optimizers.RMSprop(1e-2)
for step in range(5):
    with tf.GradientTape() as tape:
        loss = 1 - ssim(picture, flat)
    optimizer.apply([tape.gradient(loss, picture)], [picture])
print(loss)
