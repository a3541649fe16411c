# expect: high-learning-rate
import tensorflow as tf

tf.random.set_seed(3)
image = tf.Variable(tf.random.uniform((1, 20, 20, 3)))
kernel = tf.random.normal((3, 3, 3, 4))
wanted = tf.nn.conv2d(tf.random.uniform((1, 20, 20, 3)), kernel, 1, "SAME")
optimizer = tf.keras.optimizers.SGD(learning_rate=900.0)  # <- here


@tf.function(jit_compile=True)
def step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(tf.nn.conv2d(image, kernel, 1, "SAME") - wanted))
    optimizer.apply_gradients([(tape.gradient(loss, image), image)])
    return loss


for i in range(200):
    loss = step()
print(loss.numpy())
