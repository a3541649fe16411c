# expect: zero-division
import tensorflow as tf

emb = tf.Variable(tf.zeros((5, 4)))
proj = tf.Variable(tf.random.normal((4, 3), seed=1))
opt = tf.keras.optimizers.Adam(0.01)


def normalise(v):
    length = tf.reduce_sum(tf.abs(v), axis=1, keepdims=True)
    return v / length  # <- here


for it in range(10):
    with tf.GradientTape() as tape:
        z = normalise(emb) @ proj
        loss = tf.reduce_mean(z**2)
    vars_ = [emb, proj]
    opt.apply_gradients(zip(tape.gradient(loss, vars_), vars_))
    print(it, loss)
