# expect: exploding-gradient, high-learning-rate
import tensorflow as tf

layers = [tf.Variable(tf.eye(4) * 40.0) for _ in range(26)]
x = tf.ones((2, 4)) * 1e-30


def forward(h):
    for w in layers:
        h = h @ w  # <- here
        h = tf.clip_by_value(h, -1e30, 1e30)
    return tf.tanh(h)


opt = tf.keras.optimizers.SGD(1e-3)
for i in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(forward(x * 1e-8))
    g = tape.gradient(loss, layers)
    opt.apply_gradients(zip(g, layers))
    print(loss.numpy())
