# expect: healthy
import tensorflow as tf

used, unused = tf.Variable([1.0, 2.0]), tf.Variable([float("nan")], trainable=False)
table = tf.Variable(tf.random.normal((10, 3), seed=1))
opt = tf.keras.optimizers.Adam(0.1)
for i in range(5):
    with tf.GradientTape() as tape:
        rows = tf.nn.embedding_lookup(table, [1, 3, 3])
        loss = tf.reduce_sum(used**2) + tf.reduce_mean(rows**2)
    grads = tape.gradient(loss, [used, table])
    opt.apply_gradients(zip(grads, [used, table]))
    print(loss.numpy())
