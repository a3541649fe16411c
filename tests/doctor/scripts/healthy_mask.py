# expect: healthy
import tensorflow as tf

scores = tf.Variable(tf.random.stateless_normal((2, 4, 4), (1, 2)))
mask = tf.linalg.band_part(tf.ones((4, 4)), -1, 0)
optimizer = tf.keras.optimizers.Adam(0.01)


@tf.function
def step():
    with tf.GradientTape() as tape:
        masked = tf.where(mask > 0, scores, -float("inf"))
        loss = tf.reduce_mean(tf.square(tf.nn.softmax(masked) - 0.2))
    optimizer.apply_gradients([(tape.gradient(loss, scores), scores)])
    return loss


for _ in range(5):
    print(step().numpy())
print(tf.where(mask > 0, scores, -float("inf")).numpy()[0])
