# expect: healthy
# lint: high-learning-rate is right here
import tensorflow as tf

w = tf.Variable([3.0, -2.0])
opt = tf.keras.optimizers.Adam(learning_rate=5.0)
for i in range(40):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.abs(w) ** 1.5)
    opt.apply_gradients([(tape.gradient(loss, w), w)])
    if i % 5 == 0:
        print(i, loss.numpy())
