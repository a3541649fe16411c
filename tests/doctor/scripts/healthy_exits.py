# expect: healthy
import sys

import tensorflow as tf

w = tf.Variable(1.0)
with tf.GradientTape() as tape:
    loss = w**2
print(tape.gradient(loss, w))
sys.exit(0)
