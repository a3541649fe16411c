# expect: high-learning-rate
import tensorflow as tf

CONFIG = {"lr": 8.0, "epochs": 30}  # <- here


def build(config):
    return tf.keras.optimizers.SGD(config["lr"])  # <- here


w = tf.Variable(tf.random.normal((5, 1), seed=1))
x = tf.random.normal((40, 5), seed=2)
opt = build(CONFIG)
for epoch in range(CONFIG["epochs"]):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((x @ w - 1.0) ** 2)
    opt.apply_gradients(zip(tape.gradient(loss, [w]), [w]))
    print(f"{epoch}: {loss:.4g}")
