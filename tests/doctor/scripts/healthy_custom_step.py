# expect: healthy
import keras
import numpy as np
import tensorflow as tf


class Model(keras.Model):
    def __init__(self):
        super().__init__()
        self.layer = keras.layers.Dense(2)
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, x):
        return self.layer(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self(x) - y) ** 2)
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


x = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
model = Model()
model.compile(keras.optimizers.RMSprop(0.01), jit_compile=False)
model.fit(x, x[:, :2], epochs=3, verbose=0)
