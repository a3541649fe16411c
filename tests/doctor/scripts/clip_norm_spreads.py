# expect: clip-spreads-nan, sqrt-gradient-at-zero
import tensorflow as tf

a = tf.Variable([0.0, 0.0])
b = tf.Variable([1.0, 2.0])
opt = tf.keras.optimizers.SGD(0.1)
for i in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.sqrt(a * a)) + tf.reduce_sum(b**2)  # <- here
    grads, norm = tf.clip_by_global_norm(tape.gradient(loss, [a, b]), 1.0)
    opt.apply_gradients(zip(grads, [a, b]))
    print(loss.numpy(), norm.numpy())
