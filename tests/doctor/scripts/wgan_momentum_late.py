# expect: high-learning-rate
import tensorflow as tf

critic = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dense(1)])
real, fake = tf.random.normal((64, 4), seed=1), tf.random.normal((64, 4), mean=1.0, seed=2)
opt = tf.keras.optimizers.SGD(1.5, momentum=0.9)  # <- here
for epoch in range(400):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(critic(fake) ** 2) + tf.reduce_mean((critic(real) - 1) ** 2)
    g = tape.gradient(loss, critic.trainable_variables)
    opt.apply_gradients(zip(g, critic.trainable_variables))
    if epoch % 50 == 0:
        print(epoch, loss.numpy())
