# expect: optimizer-state
import tensorflow as tf

model = tf.keras.Sequential(
    [
        tf.keras.layers.Dense(4, activation="relu", bias_initializer=tf.constant_initializer(-5.0)),
        tf.keras.layers.Dense(1),
    ]
)
model.compile(optimizer=tf.keras.optimizers.RMSprop(1e-3, epsilon=0.0), loss="mae")  # <- here
x = tf.random.uniform((32, 3), seed=1)
y = tf.random.uniform((32, 1), seed=2)
model.fit(x, y, epochs=3, verbose=2)
