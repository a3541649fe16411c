# expect: exp-overflow, unstable-softmax, high-learning-rate
import tensorflow as tf

log_scale = tf.Variable(1.0)
target = tf.constant(1e-3)
opt = tf.keras.optimizers.SGD(learning_rate=-20.0)
for i in range(30):
    with tf.GradientTape() as tape:
        scale = tf.exp(log_scale)  # <- here
        loss = tf.math.log1p(scale) - target
    opt.apply_gradients([(tape.gradient(loss, log_scale), log_scale)])
    print(i, loss.numpy())
