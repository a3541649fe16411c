# expect: healthy
import tensorflow as tf

x = tf.Variable([3.0, 1.0])
f = lambda v: tf.reduce_sum(tf.exp(v * 40.0)) + tf.reduce_sum(v**2)
value = tf.reduce_sum(x**2)
f = lambda v: tf.reduce_sum(v**2) + tf.reduce_sum(tf.exp(v * 30.0 - 100.0))
for it in range(6):
    with tf.GradientTape() as tape:
        value = f(x)
    g = tape.gradient(value, x)
    t = 1e3
    while not (f(x - t * g) < value):
        t *= 0.1
        if t < 1e-12:
            break
    x.assign(x - t * g)
    print(it, value.numpy(), t)
