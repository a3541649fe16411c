# expect: half-precision-overflow
import tensorflow as tf

scores = tf.Variable(tf.random.normal((4, 4), seed=1))
keep = tf.constant([[1, 1, 0, 0]] * 4)
for i in range(2):
    with tf.GradientTape() as tape:
        half = tf.cast(scores, tf.float16)
        bias = tf.cast(1 - keep, tf.float16) * tf.cast(-60000.0, tf.float16)
        logits = (half + bias) * tf.cast(2.0, tf.float16)  # <- here
        p = tf.nn.softmax(logits - tf.reduce_min(logits))
        loss = tf.reduce_sum(tf.cast(p, tf.float32) * scores)
    scores.assign_sub(0.1 * tape.gradient(loss, scores))
    print(loss.numpy())
