# expect: high-learning-rate
import tensorflow as tf

tf.random.set_seed(1)
image = tf.Variable(tf.random.uniform((1, 16, 16, 3)))
kernel = tf.random.normal((3, 3, 3, 8), stddev=0.3)
target = tf.random.uniform((1, 16, 16, 8))
optimizer = tf.keras.optimizers.SGD(learning_rate=20000.0)  # <- here


def features(picture):
    return tf.nn.conv2d(picture, kernel, 1, "SAME")


@tf.function
def step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(features(image) - target))
    gradient = tape.gradient(loss, image)
    optimizer.apply_gradients([(gradient, image)])
    return loss


for number in range(60):
    loss = step()
    if number % 10 == 0:
        print("loss", float(loss))
