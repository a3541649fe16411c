# expect: healthy
import tensorflow as tf

emission = tf.Variable(tf.random.normal((10, 3), seed=1))
opt = tf.keras.optimizers.Adam(0.05)


@tf.function
def forward():
    lp = tf.nn.log_softmax(emission)
    alpha = tf.constant([0.0, -float("inf"), -float("inf")])
    for t in tf.range(10):
        shifted = tf.concat([[-float("inf")], alpha[:-1]], 0)
        alpha = tf.reduce_logsumexp(tf.stack([alpha, shifted]), 0) + lp[t]
    return -alpha[-1]


for i in range(4):
    with tf.GradientTape() as tape:
        loss = forward()
    g = tape.gradient(loss, emission)
    opt.apply_gradients([(tf.where(tf.math.is_finite(g), g, 0.0), emission)])
    print(loss.numpy())
