"""A style transfer on a network of real size, with a rate that is far too high for plain gradient descent."""

import tensorflow as tf

network = tf.keras.applications.VGG16(weights=None, include_top=False, input_shape=(224, 224, 3))
deep = tf.keras.Model(network.input, [network.get_layer(f"block{i}_conv1").output for i in range(1, 5)])
content, style = tf.random.stateless_uniform((2, 1, 224, 224, 3), (1, 2))
image = tf.Variable(content)
optimizer = tf.keras.optimizers.SGD(1e4)


def gram(features: tf.Tensor) -> tf.Tensor:
    """Divided by the number of places."""
    places = tf.cast(tf.shape(features)[1] * tf.shape(features)[2], tf.float32)
    return tf.einsum("bijc,bijd->bcd", features, features) / places


wanted = [gram(features) for features in deep(style)]


@tf.function
def step() -> tf.Tensor:
    """One step."""
    with tf.GradientTape() as tape:
        found = [gram(features) for features in deep(image)]
        loss = 1e8 * tf.add_n([tf.reduce_mean(tf.square(a - b)) for a, b in zip(found, wanted, strict=True)])
    optimizer.apply_gradients([(tape.gradient(loss, image), image)])
    return loss


for number in range(12):
    print(number, float(step()))
