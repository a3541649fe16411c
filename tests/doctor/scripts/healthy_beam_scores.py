# expect: healthy
import tensorflow as tf

logits = tf.Variable(tf.random.normal((4, 10), seed=1))
scores = tf.constant([0.0, float("-inf"), float("-inf"), float("-inf")])
print("start", scores.numpy())
for t in range(5):
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(tf.nn.log_softmax(logits)[:, 3])
    logits.assign_sub(0.1 * tape.gradient(loss, logits))
    total = scores[:, None] + tf.nn.log_softmax(logits)
    scores, index = tf.math.top_k(tf.reshape(total, [-1]), 4)
    print(loss.numpy(), scores.numpy())
