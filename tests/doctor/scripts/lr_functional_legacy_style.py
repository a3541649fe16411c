# expect: high-learning-rate
# lint: not visible
"""Linear regression the way of the old tutorials."""

import tensorflow as tf


def main():
    tf.random.set_seed(0)
    inputs = tf.random.normal([200, 3]) * 4.0
    outputs = tf.matmul(inputs, [[1.0], [-2.0], [0.5]]) + 3.0
    W = tf.Variable(tf.random.normal([3, 1]))
    b = tf.Variable(tf.zeros([1]))
    learning_rate = 0.9  # <- here
    for epoch in range(200):
        with tf.GradientTape() as t:
            prediction = inputs @ W + b
            current_loss = tf.reduce_mean((prediction - outputs) ** 2)
        dW, db = t.gradient(current_loss, [W, b])
        W.assign_sub(learning_rate * dW)
        b.assign_sub(learning_rate * db)
        if epoch % 10 == 0:
            print(f"Epoch {epoch:2d}: loss={current_loss.numpy():2.5f}")


if __name__ == "__main__":
    main()
