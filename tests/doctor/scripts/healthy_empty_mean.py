# expect: healthy
# twin of: empty_mean
# lint: mean-of-selection is right here
import tensorflow as tf

values = tf.Variable([0.2, 0.8, 0.4])
optimizer = tf.keras.optimizers.SGD(0.1)
for threshold in (0.1, 0.5, 0.4):
    with tf.GradientTape() as tape:
        chosen = tf.boolean_mask(values, values > threshold)
        loss = tf.reduce_mean(chosen)
    optimizer.apply_gradients([(tape.gradient(loss, values), values)])
