# expect: zero-division
import numpy as np
import tensorflow as tf

policy = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="tanh"), tf.keras.layers.Dense(2)])
opt = tf.keras.optimizers.Adam(1e-2)
rng = np.random.default_rng(4)


def normalised(returns):
    returns = np.asarray(returns, np.float32)
    return (returns - returns.mean()) / returns.std()  # <- here


for episode in range(6):
    states = rng.normal(size=(5, 3)).astype(np.float32)
    rewards = rng.normal(size=5) if episode < 3 else np.ones(5)
    advantage = tf.constant(normalised(rewards))
    with tf.GradientTape() as tape:
        logp = tf.nn.log_softmax(policy(states))[:, 0]
        loss = -tf.reduce_mean(logp * advantage)
    opt.apply_gradients(zip(tape.gradient(loss, policy.trainable_variables), policy.trainable_variables))
    print(episode, loss.numpy())
