# expect: healthy
import tensorflow as tf

w = tf.Variable([1.0, 2.0])
opt = tf.keras.optimizers.SGD(0.01)
skipped = tf.Variable(0, trainable=False)


@tf.function
def step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w / x)
    (g,) = tape.gradient(loss, [w])
    if tf.reduce_all(tf.math.is_finite(g)):
        opt.apply_gradients([(g, w)])
    else:
        skipped.assign_add(1)
    return loss


for x in ([1.0, 2.0], [0.0, 1.0], [3.0, 1.0], [2.0, 2.0]):
    step(tf.constant(x))
print(w.numpy(), skipped.numpy())
