# expect: high-learning-rate
import keras
import numpy as np
import tensorflow as tf


def build():
    inputs = keras.Input((6,))
    hidden = keras.layers.Dense(12, activation="elu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(2)(hidden))


def train(learning_rate=9.0):
    model = build()
    optimizer = keras.optimizers.SGD(learning_rate=learning_rate, momentum=0.5)  # <- here
    x = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
    y = x[:, :2] * 2
    data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(64, seed=1).batch(16).repeat(5)
    for batch, wanted in data:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(batch, training=True) - wanted))
        gradients = tape.gradient(loss, model.trainable_weights)
        optimizer.apply_gradients(zip(gradients, model.trainable_weights))
        tf.print("loss", loss)


train()
