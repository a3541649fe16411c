"""How many multiplications and additions a stack of convolutions takes, from the shapes of its kernels alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Arithmetic(NamedTuple):
    """Operations of one pass forward; a multiplication and its addition are two.

    Attributes:
        convolutions: of the stack.
        metrics: of the matrices by which features are multiplied before they are compared.
        grams: of the Gram matrices of the style layers.
    """

    convolutions: int
    metrics: int = 0
    grams: int = 0

    @property
    def with_gradient(self) -> int:
        """Forward, and back to the pixels: the gradient along the activations takes as many as the way there, and none
        along the weights is wanted.
        """
        return 2 * sum(self)


def convolution(height: int, width: int, kernel: tuple[int, ...]) -> int:
    """Operations of a convolution with a kernel (down, across, inputs, outputs) at `height` x `width` places."""
    down, across, inputs, outputs = kernel
    return 2 * down * across * inputs * outputs * height * width


def stack(
    height: int,
    width: int,
    kernels: Mapping[str, tuple[int, ...]],
    metrics: Iterable[str] = (),
    styles: Iterable[str] = (),
) -> Arithmetic:
    """Operations of a stack in the VGG family's form: `relu2_1` reads what a 2x2 pool left of the block before.

    Padding, biases, ReLUs, pools and the losses themselves are not counted: a few operations for each activation, where
    a convolution takes hundreds. What they cost is waiting for memory.

    Args:
        height: of the picture in pixels.
        width: of the picture in pixels.
        kernels: shape of each kernel by its layer, from the first to the deepest that is used.
        metrics: layers whose features are multiplied by a square matrix.
        styles: layers whose Gram matrix is made.
    """
    convolutions, places = 0, {}
    for layer, kernel in kernels.items():
        block = int(layer[4])  # of `relu4_2`
        down, across = height >> (block - 1), width >> (block - 1)
        places[layer] = down, across, (1, 1, kernel[-1], kernel[-1])
        convolutions += convolution(down, across, kernel)
    return Arithmetic(
        convolutions,
        sum(convolution(*places[layer]) for layer in metrics),
        sum(convolution(*places[layer]) for layer in styles),
    )
