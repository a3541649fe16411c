"""VGG-16 with the weights that Keras distributes."""

from __future__ import annotations

from steadystyle.backbones import _names
from steadystyle.backbones._keras_vgg import KerasVgg


class Vgg16(KerasVgg):
    """Simonyan and Zisserman, ICLR 2015, table 1, column D."""

    network = "VGG-16"
    blocks = (2, 2, 3, 3, 3)
    layers = _names.stack_layers(blocks)
    file_name = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    md5 = "6d6bbae143d832006294945121d1f1fc"
