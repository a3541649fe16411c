# expect: log-of-nonpositive
import tensorflow as tf

net = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(2)])
opt = tf.keras.optimizers.Adam(1e-3)
x = tf.random.normal((50, 3), seed=1)
y = tf.random.normal((50, 1), seed=2)


class Trainer:
    def nll(self, out):
        mean, var = tf.split(out, 2, axis=1)
        return tf.reduce_mean(0.5 * tf.math.log(var) + tf.square(y - mean) / 2.0)  # <- here

    @tf.function
    def step(self):
        with tf.GradientTape() as tape:
            value = self.nll(net(x))
        g = tape.gradient(value, net.trainable_variables)
        opt.apply_gradients(zip(g, net.trainable_variables))
        return value


t = Trainer()
for _ in range(3):
    print(t.step().numpy())
