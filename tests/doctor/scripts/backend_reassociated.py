# expect: backend-bug
# lint: not visible
import tensorflow as tf

signal = tf.Variable([1e30, 2e30])
white, black = tf.constant([1e30, 1e30]), tf.constant([2e30, 2e30])


@tf.function(jit_compile=True)  # <- here
def contrast():
    return signal / (black / white)


optimizer = tf.keras.optimizers.SGD(0.1)
for step in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(contrast() * 1e-30)
    optimizer.apply_gradients([(tape.gradient(loss, signal), signal)])
    print(step, loss.numpy())
