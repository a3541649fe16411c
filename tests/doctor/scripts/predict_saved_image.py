# expect: sqrt-of-negative
import os
import tempfile

import numpy as np
import tensorflow as tf

picture = tf.random.uniform((1, 12, 12, 3), seed=5)
blur = tf.nn.avg_pool2d(picture, 3, 1, "SAME")
sharpened = picture + 2.0 * (picture - blur)
out = tf.sqrt(sharpened)  # <- here
pixels = np.clip(np.array(out[0]) * 255.0, 0, 255)
tf.keras.utils.save_img(os.path.join(tempfile.mkdtemp(), "x.png"), pixels)
