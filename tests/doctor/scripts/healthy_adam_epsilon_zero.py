# expect: healthy
# twin of: adam_epsilon_zero
import tensorflow as tf

w = tf.Variable([1.0, 2.0])
optimizer = tf.keras.optimizers.Adam(0.01, epsilon=1e-7)
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = tf.square(w[0])
    optimizer.apply_gradients([(tape.gradient(loss, w), w)])
    print(w.numpy())
