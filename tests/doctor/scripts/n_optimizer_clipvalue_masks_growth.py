# expect: high-learning-rate
import tensorflow as tf

w = tf.Variable([2.0, -3.0])
opt = tf.keras.optimizers.SGD(0.5, nesterov=True, momentum=0.99)  # <- here
for i in range(300):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w**6)
    opt.apply_gradients([(tape.gradient(loss, w), w)])
    if i % 30 == 0:
        print(i, loss.numpy())
