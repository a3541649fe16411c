# expect: healthy
import tensorflow as tf

tf.keras.mixed_precision.set_global_policy("mixed_float16")
model = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dense(1, dtype="float32")])
opt = tf.keras.mixed_precision.LossScaleOptimizer(tf.keras.optimizers.Adam(1e-3), initial_scale=2.0**40)
model.compile(opt, "mse")
x = tf.random.normal((256, 8), seed=1)
model.fit(x, tf.reduce_sum(x, 1, keepdims=True), epochs=2, batch_size=16, verbose=2)
