# expect: bad-input-range, high-learning-rate
import tensorflow as tf

pngs = [tf.io.encode_png(tf.cast(tf.random.stateless_uniform((16, 16, 3), (i, 1)) * 255, tf.uint8)) for i in range(12)]


def decode(png, label):
    image = tf.io.decode_png(png, channels=3)
    return tf.cast(image, tf.float32), label  # <- here


data = (
    tf.data.Dataset.from_tensor_slices((tf.stack(pngs), tf.one_hot(tf.range(12) % 3, 3))).map(decode).batch(4).repeat()
)
model = tf.keras.Sequential(
    [tf.keras.layers.Conv2D(8, 3, activation="elu"), tf.keras.layers.Flatten(), tf.keras.layers.Dense(3)]
)
opt = tf.keras.optimizers.SGD(0.03)


@tf.function
def step(batch, labels):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(batch, training=True) - labels) ** 2)
    v = model.trainable_variables
    opt.apply_gradients(zip(tape.gradient(loss, v), v))
    return loss


for i, (batch, labels) in enumerate(data.take(20)):
    print(i, step(batch, labels).numpy())
