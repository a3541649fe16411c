# expect: unstable-softmax
import tensorflow as tf

a = tf.Variable(tf.random.normal((4, 6), seed=1))
b = tf.random.normal((4, 6), seed=2)
temperature = 0.005


def info_nce(u, v):
    sim = tf.matmul(tf.math.l2_normalize(u, 1), tf.math.l2_normalize(v, 1), transpose_b=True) / temperature
    return tf.reduce_mean(tf.math.log(tf.reduce_sum(tf.exp(sim), axis=1)) - tf.linalg.diag_part(sim))  # <- here


opt = tf.keras.optimizers.SGD(0.1)
for step in range(3):
    with tf.GradientTape() as tape:
        loss = info_nce(a, b)
    opt.apply_gradients([(tape.gradient(loss, a), a)])
    print(loss.numpy())
