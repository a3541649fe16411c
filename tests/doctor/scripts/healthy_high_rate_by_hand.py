# expect: healthy
# twin of: high_rate_by_hand
import tensorflow as tf

RATE = 0.01
weights = tf.Variable([3.0, -2.0, 1.0])

for step in range(40):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(tf.square(weights)))
    gradient = tape.gradient(loss, weights)
    weights.assign_sub(RATE * gradient)
    print(step, float(loss))
