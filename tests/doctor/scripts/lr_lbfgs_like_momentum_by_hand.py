# expect: high-learning-rate
import tensorflow as tf

params = [tf.Variable(tf.random.normal((6, 6), stddev=0.5, seed=1)), tf.Variable(tf.zeros((6,)))]
velocity = [tf.Variable(tf.zeros_like(p), trainable=False) for p in params]
x = tf.random.normal((20, 6), seed=3)
LR, MU = 40.0, 0.9  # <- here


@tf.function
def update():
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(x @ params[0] + params[1] - x))
    for p, v, g in zip(params, velocity, tape.gradient(loss, params)):
        v.assign(MU * v - LR * g)  # <- here
        p.assign_add(v)
    return loss


for i in range(80):
    l = update()
    if i % 10 == 0:
        print(i, l.numpy())
