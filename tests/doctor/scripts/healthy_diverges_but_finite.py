# expect: healthy
# lint: high-learning-rate is right here
import tensorflow as tf

w = tf.Variable([1.0])
opt = tf.keras.optimizers.SGD(1.2)
for i in range(30):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w**2)
    opt.apply_gradients([(tape.gradient(loss, w), w)])
    print(i, float(loss))
