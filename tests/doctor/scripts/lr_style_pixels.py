# expect: high-learning-rate
import tensorflow as tf

content = tf.random.uniform((1, 32, 32, 3), seed=3)
kernel = tf.random.normal((3, 3, 3, 8), seed=7)
features = lambda img: tf.nn.relu(tf.nn.conv2d(img, kernel, 1, "SAME"))
goal = features(content)
image = tf.Variable(tf.random.uniform((1, 32, 32, 3), seed=9))
opt = tf.optimizers.SGD(learning_rate=40.0)  # <- here
for step in range(60):
    with tf.GradientTape() as tape:
        f = features(image)
        loss = tf.reduce_sum((f - goal) ** 2) / 100.0
    g = tape.gradient(loss, image)
    opt.apply_gradients([(g, image)])
    print(step, float(loss))
