# expect: healthy
# twin of: backend_reassociated
import tensorflow as tf

w = tf.Variable([1.0, 2.0])


@tf.function
def scaled(x):
    tiny = x * 1e-38
    return tf.reduce_sum((tiny * 1e30) * 1e30 * 1e-22)


opt = tf.keras.optimizers.SGD(0.1)
for step in range(3):
    with tf.GradientTape() as tape:
        loss = scaled(w)
    opt.apply_gradients([(tape.gradient(loss, w), w)])
    print(step, loss.numpy())
