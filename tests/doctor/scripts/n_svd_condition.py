# expect: zero-division, singular-matrix
import tensorflow as tf

m = tf.Variable([[1.0, 1.0], [1.0, 1.0]])
for i in range(2):
    with tf.GradientTape() as tape:
        s = tf.linalg.svd(m, compute_uv=False)
        low = tf.where(s[-1] < 1e-6, 0.0, s[-1])
        loss = s[0] / low  # <- here
    g = tape.gradient(loss, m)
    m.assign_sub(0.01 * g)
    print(loss.numpy())
