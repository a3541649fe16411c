# expect: high-learning-rate
import tensorflow as tf

step_size = 3.0  # <- here
x = tf.constant([1.0, -2.0])
for i in range(100):
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(x**2)
    x = x - step_size * tape.gradient(loss, x)  # <- here
print(loss)
