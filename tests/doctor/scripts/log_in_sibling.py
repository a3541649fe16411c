# expect: log-of-nonpositive
import numpy as np
import tensorflow as tf
from sibling_losses import kl_divergence

target = tf.constant(np.array([[0.0, 0.4, 0.6]], "float32"))
guess = tf.Variable([[0.1, 0.1, 0.8]])
optimizer = tf.keras.optimizers.SGD(0.1)


@tf.function
def step():
    with tf.GradientTape() as tape:
        loss = kl_divergence(target, tf.nn.softmax(guess))
    optimizer.apply_gradients([(tape.gradient(loss, guess), guess)])
    return loss


for _ in range(3):
    print(step().numpy())
