# expect: high-learning-rate
import tensorflow as tf

RATE = 1.5  # <- here
weights = tf.Variable([3.0, -2.0, 1.0])

for step in range(40):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(tf.square(weights)))
    gradient = tape.gradient(loss, weights)
    weights.assign_sub(RATE * gradient)  # <- here
    print(step, float(loss))
