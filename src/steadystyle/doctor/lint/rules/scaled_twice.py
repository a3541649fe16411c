"""`scaled-twice`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule


class ScaledTwice(Rule):
    """A picture multiplied or divided by 255 a second time."""

    cause = "bad-input-range"
    title = "Scaled twice"
    why = "A second division by 255 leaves a black picture, a second multiplication pixels of 65,025."
    bad = """\
import tensorflow as tf

photo = tf.io.decode_png(tf.io.read_file("photo.png"))
scaled = tf.image.convert_image_dtype(photo, tf.float32) / 255.0  # <- here
"""
    good = """\
import tensorflow as tf

photo = tf.io.decode_png(tf.io.read_file("photo.png"))
scaled = tf.image.convert_image_dtype(photo, tf.float32)
"""
    operations = frozenset({"multiply", "divide"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        wrong = ("overscaled", "underscaled")
        if operation.result.has(*wrong) and not any(facts.has(*wrong) for facts in operation.facts):
            which = "0 to 255 already" if operation.result.has("overscaled") else "0 to 1 already"
            yield Fault(f"the picture is from {which}", fix=Fix("scale once, in one place"))
