"""What backbones, losses, optimizers, schedules, clips, checks and remedies must do; each contract is written once."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import tensorflow as tf

from steadystyle.core.flow import Fault, Features, Measurement, Past, Proposal, Treatment, Verdict


class Sight(NamedTuple):
    """Where the places of a layer lie over the picture, each way.

    Attributes:
        stride: place i covers the pixels from i times this on; those at the end that fill no place are left out.
        reach: how many pixels beyond its own, on either side, a place depends on.
    """

    stride: int
    reach: int


class Backbone(ABC):
    """A frozen network whose activations are compared. It alone knows what input its first layer expects."""

    layers: ClassVar[tuple[str, ...]]
    """Names from shallow to deep, as in the literature: `relu4_2` is the second convolution of block 4, after its
    ReLU.
    """
    content_layers: ClassVar[tuple[str, ...]]
    style_layers: ClassVar[tuple[str, ...]]
    """What the losses look at unless told otherwise."""
    smallest_side: ClassVar[int]
    """The shortest side, in pixels, that still reaches the deepest layer."""
    bytes_of_graph: ClassVar[float]
    """What loss and gradient take of memory while they are measured, per pixel, as `benchmarks/memory.py` finds."""
    bytes_of_content: ClassVar[float]
    """What the features of the content layers take, per pixel, in float32."""

    @abstractmethod
    def features(self, image: tf.Tensor, layers: Sequence[str]) -> dict[str, tf.Tensor]:
        """Activations of `image`, (1, H, W, 3) float32 sRGB in [0, 1], no layer deeper than needed being run.

        Returns:
            each layer's (1, h, w, C), finite for every finite picture; differentiable in `image`.

        Raises:
            SettingsError: a layer that this network does not have; the message names those it has.
        """

    @classmethod
    @abstractmethod
    def sight(cls, layer: str) -> Sight:
        """Where the places of `layer` lie over the picture.

        Raises:
            SettingsError: a layer that this network does not have.
        """

    @abstractmethod
    def __init__(self, *, pooling: str, precision: str, weights: Any = None) -> None:
        """Load the network.

        Args:
            pooling: "max" or "average".
            precision: of the convolutions, "float32", "bfloat16" or "float16".
            weights: a file to read instead of the network's own.

        Raises:
            WeightsError: they are missing, of the wrong shape, not finite, or larger than any trained network's.
        """

    as_read: tuple[float, ...]
    """What tells the weights that were read from others: the sum of each tensor."""

    @abstractmethod
    def is_intact(self) -> bool:
        """Whether the weights are still those that were read."""

    def pool_before(self, layer: str) -> str | None:
        """The pooling that `layer` reads, under a name that `features` knows too; None for one that reads none.

        It is watched as the layers are: a NaN that comes of it may be gone after the next ReLU.
        """
        return None


class Loss(ABC):
    """A number, at least 0, that says how far a picture is from a target; 0 at the target itself.

    Value and gradient are finite for all finite features. The number is relative to the target, so that it means the
    same at every size and on every backbone.
    """

    def __init__(self, layers: Sequence[str]) -> None:
        self.layers = tuple(layers)
        self.softening = 1.0
        """What to multiply each floor, epsilon and shrinkage with. Targets are made with it too."""

    place_by_place: ClassVar[bool] = False
    """Whether the target says what is wanted at each place, layer by layer (1, h, w, C): `sums` then looks at it, and
    `value` does not. Else it is the other way round.
    """
    adds_up: ClassVar[bool] = True
    """Whether the sums of a picture are those of its parts, added. Where they are not, a picture that is measured in
    tiles gets another loss; which, the class says.
    """

    @abstractmethod
    def sums(self, features: Features, target: Any) -> Any:
        """All that the loss needs to know of a picture: tensors that add up over places, in a nest.

        What is looked at of the picture itself may also be pairs of neighbouring pixels. How many places there were is
        part of it.
        """

    @abstractmethod
    def value(self, sums: Any, target: Any) -> tf.Tensor:
        """The loss of a picture with these sums: a scalar in float32, or in float64 for features in float64."""

    def gathered(self, features: Features) -> Any:
        """What of a reference picture's features the target is made of: its sums, or what is there at each place."""
        return self.sums(features, None)

    @abstractmethod
    def blended(self, references: Sequence[tuple[Any, float]]) -> Any:
        """What to aim at: what was gathered of the reference pictures, with their shares (which sum to 1)."""

    def target(self, references: Sequence[tuple[Features, float]]) -> Any:
        """The same from the reference pictures' features."""
        return self.blended([(self.gathered(features), share) for features, share in references])

    def __call__(self, features: Features, target: Any) -> tf.Tensor:
        """The loss of a picture with these features."""
        return self.value(self.sums(features, target), target)


Limit = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""What becomes of a gradient that may be too large: called with it, (1, H, W, 3) and per pixel (times H·W), and with
the picture.
"""


def as_it_is(gradient: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
    """No limit."""
    return gradient


class Optimizer(ABC):
    """Makes the next picture from a measurement. It is pure: all it remembers is in the state that it returns.

    Args:
        limit: of the gradient that a step is made from. Where two gradients or losses are compared, for curvature and
            in a line search, the true one stands.
        history: bytes that what it remembers of earlier steps may take; where it needs more, it remembers less.
    """

    default_learning_rate: ClassVar[float]
    highest_learning_rate: ClassVar[float]
    """Beyond it no step is of use: a few would cross the whole range of a picture."""
    bytes_of_state: ClassVar[float]
    """Per pixel of a large picture, at most: what it keeps and makes, less the best picture and a history."""
    bytes_of_history: ClassVar[float] = 0.0
    """Per pixel, of a whole history; 0 for an optimizer whose state is always of one size."""
    parts_of_history: ClassVar[int] = 1
    """What a history is made of, and cut short by, in equal parts."""

    def __init__(self, limit: Limit = as_it_is, history: float = math.inf) -> None:
        self.limit, self.history = limit, history

    @abstractmethod
    def start(self, image: tf.Tensor) -> Any:
        """The state before the first step from `image`."""

    @abstractmethod
    def propose(self, measurement: Measurement, state: Any, learning_rate: float) -> Proposal:
        """The next picture, inside [0, 1], for a finite measurement.

        Called again with the same measurement and a smaller rate, and with the state that it returned, it proposes a
        smaller step from there: this is how the guard retries. With the state of before it does, too. A trial picture
        of a line search is a proposal like any other.
        """

    @abstractmethod
    def is_sound(self, state: Any) -> bool:
        """Whether `state` is one that can have come about: finite, and whole in itself. Cheap beside a measurement."""

    @abstractmethod
    def rescale(self, state: Any, image: tf.Tensor) -> Any:
        """The state carried over to `image`, the same picture at another size."""


class Schedule(ABC):
    """How the learning rate changes over a run."""

    @abstractmethod
    def factor(self, step: int, steps: int, losses: Sequence[float]) -> float:
        """What to multiply the learning rate with at `step` of `steps`, in (0, 1].

        Args:
            losses: those accepted before this step, oldest first, all finite and at the same size of the picture.
        """


class Clip(ABC):
    """Makes gradients that are too large smaller. One file each in `optimizers/clips`.

    Whatever comes, the result is finite. NaN counts as 0, and an infinity as the largest finite entry of its gradient,
    with its sign: one bad entry spoils no other. Where the threshold is not reached, finite entries stay to the bit;
    signs are always kept.
    """

    @abstractmethod
    def __call__(
        self, gradients: Sequence[tf.Tensor], values: Sequence[tf.Tensor], threshold: float
    ) -> list[tf.Tensor]:
        """The gradients as they may be used, of the same shapes and types.

        Args:
            gradients: of any shapes and floating types; for a picture, per pixel (times H·W).
            values: what each is the gradient of: pictures, or a network's variables.
            threshold: above 0. Norms are root mean squares, so it means the same at every size.
        """

    @abstractmethod
    def harmless_threshold(self, gradients: Sequence[tf.Tensor], values: Sequence[tf.Tensor]) -> float:
        """The smallest threshold, up to rounding, that leaves these gradients as they are; finite, at least 0."""


class Check(ABC):
    """One way in which a measurement can be bad. One file each in `guard/checks`."""

    @abstractmethod
    def verdict(self, measurement: Measurement, past: Past) -> Verdict:
        """Accept `measurement`, or say what is wrong with it, by itself or beside what was accepted before."""


class Remedy(ABC):
    """One way to go on after a measurement was rejected. One file each in `guard/remedies`.

    A remedy changes nothing that is kept: it hands out another proposal, made from what was good.
    """

    order: ClassVar[int]
    """Remedies are tried from the lowest to the highest: those that cost least and lose least come first."""
    tries: ClassVar[int]
    """How often in a row, from one good picture, before the next remedy's turn."""

    @abstractmethod
    def treat(self, fault: Fault) -> Treatment | None:
        """What to try against `fault`; None if this remedy cannot help there."""
