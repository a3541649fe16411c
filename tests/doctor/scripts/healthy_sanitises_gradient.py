# expect: healthy
import tensorflow as tf

w = tf.Variable([0.0, 0.5])
optimizer = tf.keras.optimizers.Adam(0.01)


@tf.function
def step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.sqrt(tf.nn.relu(w)))
    gradient = tape.gradient(loss, w)
    gradient = tf.where(tf.math.is_finite(gradient), gradient, 0.0)
    optimizer.apply_gradients([(gradient, w)])
    return loss


for _ in range(5):
    print(step().numpy())
