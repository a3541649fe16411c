# expect: pow-domain
import tensorflow as tf

value = tf.Variable([0.4, -0.2])
average = tf.Variable([0.0, 0.0])


@tf.function
def update():
    root = value**0.5  # <- here
    average.assign(0.9 * average + 0.1 * root)


for _ in range(3):
    update()
print(average.numpy())
