# expect: log-of-nonpositive
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(5)


class Env:
    def reset(self):
        self.s = rng.normal(size=4).astype(np.float32)
        self.t = 0
        return self.s

    def step(self, a):
        self.t += 1
        self.s = self.s * 0.9 + (0.1 if a else -0.1)
        return self.s, float(a), self.t >= 10


policy = tf.keras.Sequential(
    [tf.keras.layers.Dense(16, activation="tanh"), tf.keras.layers.Dense(2, activation="softmax")]
)
optimizer = tf.keras.optimizers.Adam(0.1)
env = Env()
for episode in range(60):
    state, done, logs, rewards = env.reset(), False, [], []
    with tf.GradientTape() as tape:
        entropy = 0.0
        while not done:
            probs = policy(state[None].astype(np.float32))[0]
            p = probs.numpy()
            action = int(rng.choice(2, p=p / p.sum()))
            logs.append(tf.math.log(probs[action]))
            entropy += tf.reduce_sum(probs * tf.math.log(tf.round(probs * 100) / 100))  # <- here
            state, reward, done = env.step(action)
            rewards.append(reward)
        returns = np.cumsum(rewards[::-1])[::-1].astype(np.float32)
        loss = -tf.reduce_sum(tf.stack(logs) * returns) + 0.001 * entropy
    grads = tape.gradient(loss, policy.trainable_variables)
    optimizer.apply_gradients(zip(grads, policy.trainable_variables))
    print(f"episode {episode} return {sum(rewards):.1f} loss {float(loss):.3f}")
