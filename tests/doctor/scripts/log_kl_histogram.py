# expect: log-of-nonpositive
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
target = np.histogram(rng.normal(size=500), bins=10, range=(-2, 2))[0].astype("float32")
target /= target.sum()
logits = tf.Variable(tf.zeros(10))
target[3] = 0.0
P = tf.constant(target)


@tf.function(jit_compile=True)
def kl():
    q = tf.nn.softmax(logits)
    return tf.reduce_sum(P * (tf.math.log(P) - tf.math.log(q)))  # <- here


opt = tf.keras.optimizers.Adam(0.05)
for i in range(10):
    with tf.GradientTape() as tape:
        d = kl()
    opt.apply_gradients([(tape.gradient(d, logits), logits)])
    print(i, d.numpy())
