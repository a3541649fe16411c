"""VGG-19 with the weights that Keras distributes."""

from __future__ import annotations

from steadystyle.backbones import _names
from steadystyle.backbones._keras_vgg import KerasVgg


class Vgg19(KerasVgg):
    """Simonyan and Zisserman, ICLR 2015, table 1, column E."""

    network = "VGG-19"
    blocks = (2, 2, 4, 4, 4)
    layers = _names.stack_layers(blocks)
    file_name = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
    md5 = "253f8cb515780f3b799900260a226db6"
