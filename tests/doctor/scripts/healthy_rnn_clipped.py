# expect: healthy
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.Input((12, 2)), tf.keras.layers.LSTM(8), tf.keras.layers.Dense(1)])
model.compile(tf.keras.optimizers.Adam(1e-2, global_clipnorm=1.0), "mse")
x = tf.random.normal((32, 12, 2), seed=1)
model.fit(x, tf.reduce_sum(x, axis=(1, 2))[:, None], epochs=2, verbose=2)
