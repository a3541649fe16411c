# expect: pow-domain
import tensorflow as tf


def focal(p, gamma=0.5):
    return tf.reduce_mean(tf.pow(1.0 - p, gamma))  # <- here


logit = tf.Variable([30.0, 0.0])
for i in range(3):
    with tf.GradientTape() as tape:
        loss = focal(tf.nn.sigmoid(logit))
    logit.assign_sub(tape.gradient(loss, logit))
    print(i, loss.numpy(), logit.numpy())
