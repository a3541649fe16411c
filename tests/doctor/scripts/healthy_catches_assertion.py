# expect: healthy
import tensorflow as tf

w = tf.Variable(1.0)
rejected = 0
for factor in [1.0, 1e30, 0.5, 2.0]:
    with tf.GradientTape() as tape:
        loss = (w * factor) ** 4
    g = tape.gradient(loss, w)
    try:
        tf.debugging.check_numerics(g, "gradient")
    except tf.errors.InvalidArgumentError:
        rejected += 1
        continue
    w.assign_sub(0.01 * g)
    print(w.numpy())
print("rejected", rejected)
