# expect: zero-division
import tensorflow as tf

coefficient = tf.Variable(2.0)


@tf.function
def newton(c):
    x = tf.constant(0.0)
    for _ in tf.range(5):
        x = x - (x * x - c) / (2.0 * x)  # <- here
    return x


@tf.function
def step():
    with tf.GradientTape() as tape:
        root = newton(coefficient)
        loss = (root - 3.0) ** 2
    coefficient.assign_sub(0.1 * tape.gradient(loss, coefficient))
    return loss


for _ in range(3):
    tf.print(step())
