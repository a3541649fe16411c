# expect: log-of-nonpositive
import tensorflow as tf
from n_sibling import Entropy

w = tf.Variable(tf.random.normal((3, 3), seed=1))
objective = Entropy()
for i in range(2):
    with tf.GradientTape() as tape:
        loss = objective(tf.nn.relu(w))
    w.assign_sub(0.1 * tape.gradient(loss, w))
    print(loss.numpy())
