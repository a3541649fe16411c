# expect: healthy
import numpy as np
import tensorflow as tf

n, d = 6, 8
mask = np.triu(np.full((n, n), -np.inf, np.float32), 1)
wq, wk, wv = (tf.Variable(tf.random.normal((d, d), stddev=0.3, seed=s)) for s in (1, 2, 3))
x = tf.random.normal((2, n, d), seed=4)
opt = tf.keras.optimizers.Adam(1e-2)


@tf.function
def step():
    with tf.GradientTape() as tape:
        scores = tf.matmul(x @ wq, x @ wk, transpose_b=True) / d**0.5 + mask
        out = tf.nn.softmax(scores) @ (x @ wv)
        loss = tf.reduce_mean((out - x) ** 2)
    v = [wq, wk, wv]
    opt.apply_gradients(zip(tape.gradient(loss, v), v))
    return loss


for i in range(10):
    print(i, step().numpy())
