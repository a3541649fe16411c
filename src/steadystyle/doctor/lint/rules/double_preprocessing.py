"""`double-preprocessing`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule


class DoublePreprocessing(Rule):
    """preprocess_input of what was scaled or preprocessed before."""

    cause = "bad-input-range"
    title = "Preprocessed twice"
    why = (
        "preprocess_input wants 0 to 255. Of a picture in [0, 1] it takes means of about 110 off what is at most 1: "
        "all pictures look alike to the network. Done twice, the mean is taken off twice."
    )
    bad = """\
import tensorflow as tf

photo = tf.random.uniform((1, 224, 224, 3))
ready = tf.keras.applications.vgg19.preprocess_input(photo)  # <- here
"""
    good = """\
import tensorflow as tf

photo = tf.random.uniform((1, 224, 224, 3))
ready = tf.keras.applications.vgg19.preprocess_input(photo * 255.0)
"""
    operations = frozenset({"preprocess"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        picture = operation.fact(1, "x")
        if picture.has("preprocessed"):
            yield Fault("preprocess_input a second time", fix=Fix("call it once, right before the network"))
        elif picture.has("unit", "underscaled"):
            fix = Fix("multiply by 255 first, or do not divide by it")
            yield Fault("preprocess_input wants 0 to 255, and is given [0, 1]", fix=fix)
