# expect: healthy
import tensorflow as tf

x = tf.random.normal((3, 5), seed=1)
keep = tf.sequence_mask([2, 5, 3], 5)
w = tf.Variable(tf.ones((5,)))
opt = tf.keras.optimizers.Adam(0.1)
for i in range(5):
    with tf.GradientTape() as tape:
        logits = tf.where(keep, x * w, -float("inf"))
        p = tf.nn.softmax(logits)
        loss = tf.reduce_sum(p * x)
    opt.apply_gradients([(tape.gradient(loss, w), w)])
    print(i, loss.numpy(), tf.reduce_max(logits).numpy(), logits.numpy()[0])
