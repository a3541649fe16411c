# expect: log-of-nonpositive, zero-division
import tensorflow as tf

w = tf.Variable([5.0, 3.0])
optimizer = tf.keras.optimizers.SGD(0.1)


@tf.function
def step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.math.log(w))  # <- here
    optimizer.apply_gradients([(tape.gradient(loss, w), w)])
    return loss


for i in range(300):
    loss = step()
    if i % 50 == 0:
        print(i, loss.numpy())
