# expect: high-learning-rate
import argparse

import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=3.0)
parser.add_argument("--steps", type=int, default=60)
args = parser.parse_args()

model = tf.keras.Sequential([tf.keras.layers.Dense(8), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.SGD(learning_rate=args.lr)  # <- here
x, y = tf.random.normal((32, 4), seed=1), tf.random.normal((32, 1), seed=2)
loss_object = tf.keras.losses.MeanSquaredError()


@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:
        predictions = model(images, training=True)
        loss = loss_object(labels, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


for step in range(args.steps):
    print(step, train_step(x, y).numpy())
