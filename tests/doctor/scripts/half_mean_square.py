# expect: half-precision-overflow
import tensorflow as tf

x = tf.cast(tf.random.normal((32, 8), seed=1) * 400.0, tf.float16)
w = tf.Variable(tf.ones((8, 1), tf.float16))
for i in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(x @ w))  # <- here
    w.assign_sub(tf.cast(1e-4, tf.float16) * tape.gradient(loss, w))
    print(loss)
