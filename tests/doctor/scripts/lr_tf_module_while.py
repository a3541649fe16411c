# expect: high-learning-rate
# lint: not visible
import tensorflow as tf


class Poly(tf.Module):
    def __init__(self):
        self.c = tf.Variable([0.1, 0.1, 0.1, 0.1], name="coefficients")

    def __call__(self, x):
        return self.c[0] + self.c[1] * x + self.c[2] * x**2 + self.c[3] * x**3


poly = Poly()
xs = tf.linspace(-3.0, 3.0, 64)
ys = tf.sin(xs)


@tf.function
def optimise(n):
    i = tf.constant(0)
    while i < n:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(poly(xs) - ys))
        (g,) = tape.gradient(loss, poly.trainable_variables)
        poly.c.assign(poly.c - 0.05 * g)  # <- here
        i += 1
    return loss


print("final loss:", optimise(tf.constant(400)).numpy())
