# expect: bad-input-range, sqrt-of-negative
import tensorflow as tf

images = tf.random.uniform((4, 8, 8, 3), seed=1)
noisy = images + tf.random.normal((4, 8, 8, 3), stddev=0.3, seed=2)
gain = tf.Variable(1.0)
for i in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(gain * tf.sqrt(noisy))  # <- here
    gain.assign_sub(0.1 * tape.gradient(loss, gain))
    print(i, loss.numpy())
