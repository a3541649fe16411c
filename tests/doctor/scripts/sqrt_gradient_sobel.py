# expect: sqrt-gradient-at-zero
import tensorflow as tf

picture = tf.Variable(tf.fill((1, 8, 8, 1), 0.5))


@tf.function
def step():
    with tf.GradientTape() as tape:
        edges = tf.image.sobel_edges(picture)
        magnitude = tf.sqrt(tf.reduce_sum(edges**2, axis=-1))  # <- here
        loss = tf.reduce_mean(magnitude) + tf.reduce_mean(picture)
    picture.assign_sub(0.1 * tape.gradient(loss, picture))
    return loss


for _ in range(4):
    print(step())
