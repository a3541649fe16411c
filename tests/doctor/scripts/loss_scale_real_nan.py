# expect: log-of-nonpositive
import tensorflow as tf

tf.keras.mixed_precision.set_global_policy("mixed_float16")
model = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(1, dtype="float32")])
opt = tf.keras.mixed_precision.LossScaleOptimizer(tf.keras.optimizers.Adam(1e-3))
x = tf.random.normal((32, 4), seed=1)


@tf.function
def step():
    with tf.GradientTape() as tape:
        out = model(x, training=True)
        loss = tf.reduce_mean(tf.math.log(out))  # <- here
        scaled = opt.scale_loss(loss)
    g = tape.gradient(scaled, model.trainable_variables)
    opt.apply(g, model.trainable_variables)
    return loss


for i in range(4):
    print(step().numpy())
