# expect: sqrt-of-negative
import tensorflow as tf

w = tf.Variable(0.05)


@tf.function
def step(i):
    with tf.GradientTape() as tape:
        if i < 5:
            loss = w**2 + w
        else:
            loss = tf.sqrt(w)  # <- here
    w.assign_sub(0.02 * tape.gradient(loss, w))
    return loss


for i in range(8):
    print(step(tf.constant(i)))
