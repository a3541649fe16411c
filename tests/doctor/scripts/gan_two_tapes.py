# expect: log-of-nonpositive
import argparse

import numpy as np
import tensorflow as tf


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=6)
    options = parser.parse_args()
    generator = tf.keras.Sequential([tf.keras.layers.Dense(4)])
    judge = tf.keras.Sequential([tf.keras.layers.Dense(1, activation="sigmoid")])
    first, second = tf.keras.optimizers.Adam(0.01), tf.keras.optimizers.Adam(0.01)
    real = tf.constant(np.random.default_rng(0).normal(size=(16, 4)) * 90, tf.float32)
    for _ in range(options.steps):
        noise = tf.random.normal((16, 3))
        with tf.GradientTape() as judge_tape, tf.GradientTape() as generator_tape:
            fake = generator(noise)
            seen_real, seen_fake = judge(real), judge(fake)
            real_part = -tf.reduce_mean(tf.math.log(seen_real))  # <- here
            judge_loss = real_part - tf.reduce_mean(tf.math.log(1.0 - seen_fake))
            generator_loss = -tf.reduce_mean(tf.math.log(seen_fake))
        gradients = judge_tape.gradient(judge_loss, judge.trainable_variables)
        first.apply_gradients(zip(gradients, judge.trainable_variables))
        gradients = generator_tape.gradient(generator_loss, generator.trainable_variables)
        second.apply_gradients(zip(gradients, generator.trainable_variables))


if __name__ == "__main__":
    main()
