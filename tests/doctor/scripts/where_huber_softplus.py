# expect: masked-branch-gradient
import tensorflow as tf

w = tf.Variable([1.0, 300.0, -2.0])


def softplus(x):
    return tf.where(x > 20.0, x, tf.math.log(1.0 + tf.exp(x)))  # <- here


@tf.function
def loop():
    for _ in tf.range(3):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(softplus(w))
        w.assign_sub(0.1 * tape.gradient(loss, w))
    return loss


print(loop().numpy(), w.numpy())
