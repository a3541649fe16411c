# expect: zero-division, small-std-division
import tensorflow as tf

decoder = tf.keras.layers.Conv2D(3, 3, padding="same")
content = tf.zeros((1, 8, 8, 4))
style = tf.random.uniform((1, 8, 8, 4), seed=3)


def adain(c, s):
    cm, cv = tf.nn.moments(c, [1, 2], keepdims=True)
    sm, sv = tf.nn.moments(s, [1, 2], keepdims=True)
    return sm + tf.sqrt(sv) * (c - cm) / tf.sqrt(cv)  # <- here


opt = tf.keras.optimizers.Adam(1e-3)
for step in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(decoder(adain(content, style)) ** 2)
    g = tape.gradient(loss, decoder.trainable_variables)
    opt.apply_gradients(zip(g, decoder.trainable_variables))
    print(step, loss.numpy())
