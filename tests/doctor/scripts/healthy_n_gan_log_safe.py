# expect: healthy
# lint: high-learning-rate is right here
import tensorflow as tf

d = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(1)])
bce = tf.keras.losses.BinaryCrossentropy(from_logits=True)
opt = tf.keras.optimizers.Adam(0.5)
real, fake = tf.random.normal((16, 2), seed=1) * 100, tf.random.normal((16, 2), seed=2) * 100 + 300
for i in range(10):
    with tf.GradientTape() as tape:
        loss = bce(tf.ones((16, 1)), d(real)) + bce(tf.zeros((16, 1)), d(fake))
    v = d.trainable_variables
    opt.apply_gradients(zip(tape.gradient(loss, v), v))
    print(float(loss))
