"""`picture-out-of-range`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule
from steadystyle.doctor.lint.facts import Facts

WRITERS = {"encode_png", "encode_jpeg", "write_png", "save_img", "imsave", "imwrite", "fromarray", "array_to_img"}
KEEPERS = {
    "clip",
    "clip_by_value",
    "saturate_cast",
    "sigmoid",
    "tanh",
    "constraint",
    "minimum",
    "maximum",
    "deprocess_image",
}


class PictureOutOfRange(Rule):
    """A picture that is optimised and saved, and never kept in its range."""

    cause = "bad-input-range"
    title = "Picture not kept in range"
    why = (
        "The optimizer pushes pixels below 0 and above 1. Saved, they wrap around or turn black, and a gamma curve "
        "or logarithm of them is NaN."
    )
    bad = """\
import tensorflow as tf

image = tf.Variable(tf.random.uniform((1, 8, 8, 3)))
optimizer = tf.keras.optimizers.Adam(0.02)
for _ in range(10):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(image - 0.3))
    optimizer.apply_gradients([(tape.gradient(loss, image), image)])  # <- here
tf.io.write_file("out.png", tf.io.encode_png(tf.cast(image[0] * 255.0, tf.uint8)))
"""
    good = """\
import tensorflow as tf

image = tf.Variable(tf.random.uniform((1, 8, 8, 3)))
optimizer = tf.keras.optimizers.Adam(0.02)
for _ in range(10):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(image - 0.3))
    optimizer.apply_gradients([(tape.gradient(loss, image), image)])
    image.assign(tf.clip_by_value(image, 0.0, 1.0))
tf.io.write_file("out.png", tf.io.encode_png(tf.cast(image[0] * 255.0, tf.uint8)))
"""
    operations = frozenset({"apply_gradients"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        if operation.words & KEEPERS or not operation.words & WRITERS:
            return
        if any(map(_picture, operation.facts)):
            message = "the picture is saved, and nothing keeps it in its range after a step"
            yield Fault(message, fix=Fix("image.assign(tf.clip_by_value(image, 0.0, 1.0)) after each step"))


def _picture(facts: Facts) -> bool:
    """Whether a picture is among what is optimised."""
    return (facts.kind == "variable" and facts.has("unit", "bytes")) or any(_picture(part) for _, part in facts.parts)
