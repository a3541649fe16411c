# expect: sqrt-gradient-at-zero
import tensorflow as tf

critic = tf.keras.Sequential(
    [
        tf.keras.layers.Dense(4, activation="relu", bias_initializer=tf.constant_initializer(-9.0)),
        tf.keras.layers.Dense(1),
    ]
)
x = tf.random.normal((5, 3), seed=2)
opt = tf.keras.optimizers.Adam(1e-4)


@tf.function
def train():
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(x)
            score = critic(x)
        slope = inner.gradient(score, x)
        norm = tf.norm(slope, axis=1)  # <- here
        loss = tf.reduce_mean(score) + 10.0 * tf.reduce_mean((norm - 1.0) ** 2)
    g = outer.gradient(loss, critic.trainable_variables)
    opt.apply_gradients(zip(g, critic.trainable_variables))
    return loss


for _ in range(3):
    print(float(train()))
