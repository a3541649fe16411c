# expect: unnormalised-loss, high-learning-rate
import tensorflow as tf

image = tf.Variable(tf.random.uniform((1, 64, 64, 3), seed=1) * 255.0)
kernel = tf.random.normal((3, 3, 3, 32), seed=2)
style = tf.random.uniform((1, 64, 64, 3), seed=3) * 255.0


def gram(x):
    flat = tf.reshape(x, (-1, x.shape[-1]))
    return tf.matmul(flat, flat, transpose_a=True)  # <- here


aim = gram(tf.nn.conv2d(style, kernel, 1, "SAME"))
opt = tf.keras.optimizers.SGD(1e-3)
for step in range(10):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum((gram(tf.nn.conv2d(image, kernel, 1, "SAME")) - aim) ** 2)
    opt.apply_gradients([(tape.gradient(loss, image), image)])
    print(step, loss.numpy())
