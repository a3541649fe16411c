# expect: sqrt-gradient-at-zero
import numpy as np
import tensorflow as tf


class Stylizer:
    def __init__(self, content):
        self.image = tf.Variable(content)
        self.content = tf.constant(content)
        self.optimizer = tf.keras.optimizers.Adam(0.02)
        self.kernel = tf.random.stateless_normal((3, 3, 3, 6), (1, 1))

    def features(self, x):
        return tf.nn.relu(tf.nn.conv2d(x, self.kernel, 1, "SAME"))

    def loss(self):
        difference = self.features(self.image) - self.features(self.content)
        distance = tf.sqrt(tf.reduce_sum(difference**2))  # <- here
        return distance + 0.1 * tf.reduce_mean(tf.image.total_variation(self.image))

    @tf.function
    def step(self):
        with tf.GradientTape() as tape:
            loss = self.loss()
        gradient = tape.gradient(loss, self.image)
        self.optimizer.apply_gradients([(gradient, self.image)])
        self.image.assign(tf.clip_by_value(self.image, 0.0, 1.0))
        return loss


stylizer = Stylizer(np.random.default_rng(0).uniform(size=(1, 12, 12, 3)).astype("float32"))
for i in range(5):
    print(i, stylizer.step().numpy())
