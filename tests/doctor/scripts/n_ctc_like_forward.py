# expect: log-of-nonpositive
import tensorflow as tf

emission = tf.Variable(tf.random.normal((12, 4), seed=1) * 30.0)


def forward(logits):
    probabilities = tf.nn.softmax(logits)
    alpha = tf.one_hot(0, 4)
    for t in range(12):
        alpha = alpha * probabilities[t]
    return -tf.math.log(tf.reduce_sum(alpha))  # <- here


for step in range(3):
    with tf.GradientTape() as tape:
        loss = forward(emission)
    emission.assign_sub(0.1 * tape.gradient(loss, emission))
    print(f"step {step} loss {loss.numpy():.3f}")
