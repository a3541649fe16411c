# expect: healthy
import tensorflow as tf

g, d = tf.keras.layers.Dense(2), tf.keras.Sequential([tf.keras.layers.Dense(8, "relu"), tf.keras.layers.Dense(1)])
go, do = tf.keras.optimizers.Adam(1e-3), tf.keras.optimizers.Adam(1e-3)
real = tf.random.normal((16, 2), seed=1)
for i in range(6):
    z = tf.random.normal((16, 4), seed=i)
    with tf.GradientTape() as gt, tf.GradientTape() as dt:
        fake = g(z)
        dl = tf.reduce_mean(tf.nn.relu(1 - d(real))) + tf.reduce_mean(tf.nn.relu(1 + d(fake)))
        gl = -tf.reduce_mean(d(fake))
    do.apply_gradients(zip(dt.gradient(dl, d.trainable_variables), d.trainable_variables))
    go.apply_gradients(zip(gt.gradient(gl, g.trainable_variables), g.trainable_variables))
    print(float(dl), float(gl))
