# expect: high-learning-rate
import keras
import numpy as np
import tensorflow as tf


class Trainer(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = keras.layers.Dense(32, activation="relu")
        self.last = keras.layers.Dense(1)

    def call(self, x):
        return self.last(self.first(x))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self(x, training=True) - y))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return {"loss": loss}


x = np.random.default_rng(2).normal(size=(128, 6)).astype("float32")
y = np.sum(x, axis=1, keepdims=True) * 3
model = Trainer()
model.compile(optimizer=keras.optimizers.SGD(2.0), jit_compile=False)  # <- here
model.fit(x, y, batch_size=32, epochs=30, verbose=0)
