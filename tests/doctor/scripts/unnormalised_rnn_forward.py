# expect: unnormalised-loss, exploding-gradient
# lint: not visible
import numpy as np
import tensorflow as tf

rng = np.random.RandomState(2)
T, H = 24, 32
Wx = tf.Variable(rng.randn(3, H).astype("f4"))
Wh = tf.Variable((rng.randn(H, H) * 0.9).astype("f4"))  # <- here
Wo = tf.Variable(rng.randn(H, 1).astype("f4") * 0.1)
seq = tf.constant(rng.randn(8, T, 3).astype("f4"))
target = tf.constant(rng.randn(8, 1).astype("f4"))


@tf.function
def loss_fn():
    h = tf.zeros((8, H))
    for t in range(T):
        h = tf.nn.leaky_relu(seq[:, t] @ Wx + h @ Wh)  # <- here
    return tf.reduce_mean((h @ Wo - target) ** 2)


opt = tf.keras.optimizers.SGD(0.01)  # <- here
for i in range(5):
    with tf.GradientTape() as tape:
        loss = loss_fn()
    grads = tape.gradient(loss, [Wx, Wh, Wo])
    opt.apply_gradients(zip(grads, [Wx, Wh, Wo]))
    print(i, loss.numpy())
