# expect: healthy
# twin of: unnormalised_gram
import tensorflow as tf
from sibling_losses import gram as raw_gram

gram = lambda maps: raw_gram(maps) / (48 * 48 * 16)
tf.random.set_seed(0)
image = tf.Variable(tf.random.uniform((1, 48, 48, 3)))
style = tf.random.uniform((1, 48, 48, 3))
kernel = tf.random.normal((3, 3, 3, 16))
optimizer = tf.keras.optimizers.SGD(0.001)
wanted = gram(tf.nn.conv2d(style, kernel, 1, "SAME"))


@tf.function
def step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum((gram(tf.nn.conv2d(image, kernel, 1, "SAME")) - wanted) ** 2)
    optimizer.apply_gradients([(tape.gradient(loss, image), image)])
    return loss


for _ in range(10):
    print("style loss", step().numpy())
