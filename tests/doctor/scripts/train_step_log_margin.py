# expect: log-of-nonpositive
import tensorflow as tf


class Ranker(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = tf.keras.layers.Dense(1)
        self.tracker = tf.keras.metrics.Mean(name="loss")

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            score = self(x, training=True)
            margin = score * y
            loss = -tf.reduce_mean(tf.math.log(1.0 + margin))  # <- here
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


tf.keras.utils.set_random_seed(2)
model = Ranker()
model.compile(optimizer=tf.keras.optimizers.Adam(1e-3))
x = tf.random.normal((64, 5))
y = tf.sign(tf.random.normal((64, 1)))
model.fit(x, y, epochs=2, batch_size=16, verbose=0)
