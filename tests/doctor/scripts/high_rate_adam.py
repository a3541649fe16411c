# expect: high-learning-rate
import tensorflow as tf

w = tf.Variable(tf.ones((6,)))
optimizer = tf.keras.optimizers.Adam(learning_rate=1e12)  # <- here
for _ in range(20):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w**4)
    optimizer.apply_gradients([(tape.gradient(loss, w), w)])
    print(loss.numpy())
