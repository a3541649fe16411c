# expect: singular-matrix, pow-domain, sqrt-of-negative
import tensorflow as tf


class WCT:
    def whiten(self, f):
        f = f - tf.reduce_mean(f, 1, keepdims=True)
        cov = f @ tf.transpose(f) / float(f.shape[1] - 1)
        s, u, _ = tf.linalg.svd(cov)
        return u @ tf.linalg.diag(tf.pow(s - 1e-7, -0.5)) @ tf.transpose(u) @ f  # <- here


relu = tf.nn.relu(tf.random.normal((6, 40), seed=1) * tf.constant([[1.0], [1.0], [0.0], [1.0], [0.0], [1.0]]))
weights = tf.Variable(tf.eye(6))
opt = tf.keras.optimizers.Adam(1e-3)
for i in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(weights @ WCT().whiten(relu))
    opt.apply_gradients([(tape.gradient(loss, weights), weights)])
    print(loss.numpy())
