# expect: zero-division
import tensorflow as tf

weights = tf.Variable(tf.ones((4, 3)))
optimizer = tf.keras.optimizers.SGD(0.1)


@tf.function(jit_compile=True)
def step(x):
    with tf.GradientTape() as tape:
        scores = tf.abs(x @ weights)
        shares = scores / tf.reduce_max(scores, axis=1, keepdims=True)  # <- here
        loss = tf.reduce_mean(tf.square(shares - 0.5))
    optimizer.apply_gradients([(tape.gradient(loss, weights), weights)])
    return loss


batches = [tf.ones((2, 4)), tf.constant([[1.0, 2.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]])]
for batch in batches:
    print(step(batch).numpy())
