# expect: healthy
import tensorflow as tf

x = tf.Variable(tf.random.uniform((1, 6, 6, 1), seed=1))
for i in range(4):
    with tf.GradientTape() as tape:
        padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], constant_values=-float("inf"))
        pooled = tf.nn.max_pool2d(padded, 2, 2, "VALID")
        loss = tf.reduce_mean(pooled**2)
    x.assign_sub(tape.gradient(loss, x))
    print(loss.numpy())
