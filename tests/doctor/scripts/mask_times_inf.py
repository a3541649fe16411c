# expect: masked-branch-gradient, zero-division, log-of-nonpositive
import tensorflow as tf

x = tf.Variable([0.0, 1.0, 2.0])
mask = tf.constant([0.0, 1.0, 1.0])
opt = tf.keras.optimizers.SGD(0.1)
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(mask * tf.math.log(x))  # <- here
    opt.apply_gradients([(tape.gradient(loss, x), x)])
    print(loss.numpy())
