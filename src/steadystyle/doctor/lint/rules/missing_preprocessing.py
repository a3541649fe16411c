"""`missing-preprocessing`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule

BY_ITSELF = ("EfficientNet", "MobileNetV3", "ConvNeXt", "RegNet")
"""Their first layer scales, from 0 to 255."""
BY_HAND = ("103.939", "123.68", "127.5", "0.485", "Rescaling", "Normalization(", "preprocess")


class MissingPreprocessing(Rule):
    """A pretrained network that is given pictures without its own preprocessing."""

    cause = "bad-input-range"
    also = ("unnormalised-loss",)
    title = "Pretrained network without its preprocessing"
    why = (
        "Each family of keras.applications was trained on its own range: VGG and ResNet on 0 to 255 with the mean "
        "taken off and the channels reversed, MobileNet and Inception on -1 to 1. Anything else gives features of "
        "the wrong size."
    )
    bad = """\
import tensorflow as tf

network = tf.keras.applications.VGG19(include_top=False)
photo = tf.random.uniform((1, 224, 224, 3))
features = network(photo)  # <- here
"""
    good = """\
import tensorflow as tf

network = tf.keras.applications.VGG19(include_top=False)
photo = tf.random.uniform((1, 224, 224, 3))
features = network(tf.keras.applications.vgg19.preprocess_input(photo * 255.0))
"""
    operations = frozenset({"feed", "fit"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        network, picture = operation.fact(0), operation.fact(1)
        if not network.has("pretrained") or picture.has("preprocessed", "symbolic", "scales"):
            return
        itself = str(network.target).startswith(BY_ITSELF)
        if itself and picture.has("unit"):
            message = f"{network.target} scales from 0 to 255 by itself, and is given [0, 1]"
            yield Fault(message, fix=Fix("give it 0 to 255"))
        text = operation.text.text
        if not itself and not any(word in text for word in BY_HAND):
            message = "a pretrained network is given pictures without its preprocess_input"
            yield Fault(message, fix=Fix("the preprocess_input of its own module, on pictures from 0 to 255"))
