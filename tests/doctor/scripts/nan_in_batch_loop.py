# expect: nonfinite-input
import numpy as np
import tensorflow as tf

batches = [np.ones((4, 2), "float32") * i for i in range(20)]
batches[12][2, 0] = np.inf
w = tf.Variable([[0.1], [0.2]])


@tf.function
def step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(tf.tanh(x @ w)))  # <- here
    w.assign_sub(0.1 * tape.gradient(loss, w))
    return loss


for batch in batches:
    print(step(tf.constant(batch)).numpy())  # <- here
