# expect: healthy
import tensorflow as tf

logits = tf.Variable(tf.random.stateless_normal((4, 10), (5, 6)))
banned = tf.one_hot([0, 3, 5, 9], 10)
optimizer = tf.keras.optimizers.SGD(0.1)
for _ in range(5):
    with tf.GradientTape() as tape:
        masked = logits - banned * 1e9
        loss = -tf.reduce_mean(tf.nn.log_softmax(masked)[:, 1])
    optimizer.apply_gradients([(tape.gradient(loss, logits), logits)])
blocked = tf.where(banned > 0, tf.fill((4, 10), float("-inf")), logits)
print(tf.reduce_max(blocked, axis=1).numpy(), tf.reduce_min(blocked).numpy())
