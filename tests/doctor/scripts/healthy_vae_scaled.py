# expect: healthy
# twin of: range_255_vae_exp
import numpy as np
import tensorflow as tf
from tensorflow import keras


class VAE(keras.Model):
    def __init__(self, latent=4):
        super().__init__()
        self.enc = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(latent * 2)])
        self.dec = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(100)])
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def train_step(self, data):
        with tf.GradientTape() as tape:
            mean, logvar = tf.split(self.enc(data), 2, axis=1)
            z = mean + tf.exp(0.5 * logvar) * tf.random.normal(tf.shape(mean))
            rec = self.dec(z)
            mse = tf.reduce_mean(tf.reduce_sum((data - rec) ** 2, axis=1))
            kl = -0.5 * tf.reduce_mean(1 + logvar - mean**2 - tf.exp(logvar))
            loss = mse + kl
        grads = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


images = np.random.RandomState(1).randint(0, 256, (128, 100)).astype("float32") / 255.0
vae = VAE()
vae.compile(optimizer=keras.optimizers.Adam(1e-3))
vae.fit(images, epochs=3, batch_size=32, verbose=2)
