# expect: degenerate-batch-norm, empty-reduction
import tensorflow as tf

norm, head = tf.keras.layers.BatchNormalization(), tf.keras.layers.Dense(1)
opt = tf.keras.optimizers.SGD(0.01)
x = tf.random.normal((12, 4), seed=1)
score = tf.range(12)
for start in (0, 4, 20):
    rows = tf.boolean_mask(x, (score >= start) & (score < start + 4))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(head(norm(rows, training=True)) ** 2)  # <- here
    v = norm.trainable_variables + head.trainable_variables
    opt.apply_gradients(zip(tape.gradient(loss, v), v))
    print(start, loss.numpy(), norm.moving_mean.numpy())
