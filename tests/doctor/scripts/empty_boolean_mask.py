# expect: empty-reduction, zero-division
import tensorflow as tf

scores = tf.Variable(tf.random.uniform((10,), seed=1))
opt = tf.keras.optimizers.SGD(0.1)


@tf.function
def hard_examples(threshold):
    chosen = tf.boolean_mask(scores, scores > threshold)
    return tf.reduce_mean(chosen)  # <- here


for t in [0.1, 0.3, 0.5, 0.99]:
    with tf.GradientTape() as tape:
        loss = hard_examples(tf.constant(t))
    opt.apply_gradients([(tape.gradient(loss, scores), scores)])
    print(t, loss.numpy())
