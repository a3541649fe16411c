# expect: healthy
# twin of: log_of_zero
import tensorflow as tf

labels = tf.constant([[1.0, 0.0], [0.0, 1.0]])
weights = tf.Variable([[300.0, -300.0], [200.0, -200.0]])
for _ in range(3):
    with tf.GradientTape() as tape:
        probabilities = tf.nn.softmax(weights)
        loss = -tf.reduce_mean(tf.reduce_sum(labels * tf.nn.log_softmax(weights), axis=1))
    weights.assign_sub(0.1 * tape.gradient(loss, weights))
    print(float(loss))
