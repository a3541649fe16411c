# expect: healthy
# twin of: zero_division_mask
import tensorflow as tf

image = tf.Variable(tf.ones((1, 8, 8, 3)) * 0.5)
mask = tf.ones((1, 8, 8, 1))
optimizer = tf.keras.optimizers.Adam(0.01)
for step in range(5):
    with tf.GradientTape() as tape:
        masked = tf.reduce_sum(tf.square(image - 0.1) * mask)
        loss = masked / tf.reduce_sum(mask)
    gradient = tape.gradient(loss, image)
    optimizer.apply_gradients([(gradient, image)])
    image.assign(tf.clip_by_value(image, 0.0, 1.0))
