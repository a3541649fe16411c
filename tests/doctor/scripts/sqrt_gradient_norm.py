# expect: sqrt-gradient-at-zero
import tensorflow as tf

point = tf.Variable([[1.0, 2.0], [3.0, 3.0]])
centre = tf.constant([[0.0, 2.0], [3.0, 3.0]])
optimizer = tf.keras.optimizers.Adam(0.1)
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.norm(point - centre, axis=1))  # <- here
    optimizer.apply_gradients([(tape.gradient(loss, point), point)])
    print(float(loss))
