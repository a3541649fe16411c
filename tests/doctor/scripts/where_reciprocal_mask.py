# expect: masked-branch-gradient
import tensorflow as tf

depth = tf.constant([0.0, 2.0, 4.0, 0.0])
scale = tf.Variable([1.0, 1.0, 1.0, 1.0])
opt = tf.keras.optimizers.SGD(0.1)


@tf.function
def disparity(d):
    z = d * scale
    return tf.where(z > 0, 1.0 / z, tf.zeros_like(z))  # <- here


for _ in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(disparity(depth) ** 2)
    opt.apply_gradients([(tape.gradient(loss, scale), scale)])
    print(scale.numpy())
