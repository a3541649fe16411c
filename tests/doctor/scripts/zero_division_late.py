# expect: zero-division
import tensorflow as tf

value = tf.Variable(1.0)
optimizer = tf.keras.optimizers.SGD(0.01)
for step in range(40):
    remaining = tf.constant(float(30 - step))
    with tf.GradientTape() as tape:
        loss = value**2 / remaining  # <- here
    optimizer.apply_gradients([(tape.gradient(loss, value), value)])
    if tf.math.is_nan(value) or tf.math.is_inf(loss):
        print("bad at", step)
        break
