# expect: high-learning-rate
import tensorflow as tf

schedule = tf.keras.optimizers.schedules.ExponentialDecay(30.0, decay_steps=100, decay_rate=0.96)  # <- here
opt = tf.keras.optimizers.SGD(schedule)  # <- here
net = tf.keras.Sequential(
    [tf.keras.layers.Dense(16, activation="tanh"), tf.keras.layers.Dense(16), tf.keras.layers.Dense(2)]
)
data = tf.random.normal((64, 8), seed=4)
target = tf.random.normal((64, 2), seed=5)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((net(x, training=True) - y) ** 2)
    grads = tape.gradient(loss, net.trainable_weights)
    opt.apply_gradients(zip(grads, net.trainable_weights))
    return loss


for i in range(300):
    l = train_step(data, target)
    if i % 20 == 0:
        tf.print("step", i, "loss", l)
