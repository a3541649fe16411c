"""What one run of the script showed: plain data, pickled by the process that ran it and read by the doctor's own.

Loads no TensorFlow.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Place:
    """A line of the user's own; `span` is (first line, first column, last line, last column) of the expression."""

    file: str
    line: int
    function: str
    code: str
    span: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class Values:
    """What is in a tensor; `smallest`, `largest` and `mean` are of its finite entries."""

    dtype: str
    shape: tuple[int, ...]
    size: int
    nan: int = 0
    infinite: int = 0
    zeros: int = 0
    negatives: int = 0
    smallest: float = 0.0
    largest: float = 0.0
    mean: float = 0.0

    def __str__(self) -> str:
        kind = f"{self.dtype} {list(self.shape)}" if self.shape else self.dtype
        if not self.size or self.bad == self.size:
            return f"{kind}: {'empty' if not self.size else 'nothing finite'}"
        numbers = f"{self.smallest:.4g}" if self.size == 1 else f"{self.smallest:.4g} to {self.largest:.4g}"
        return f"{kind}: {numbers}" + (f", {self.bad} of {self.size} not finite" if self.bad else "")

    @property
    def bad(self) -> int:
        """How many entries are not finite."""
        return self.nan + self.infinite

    @property
    def magnitude(self) -> float:
        """The largest absolute value among the finite entries."""
        return max(abs(self.smallest), abs(self.largest))

    @property
    def half(self) -> bool:
        """Whether it is float16."""
        return self.dtype == "float16"


@dataclass(frozen=True)
class Ancestor:
    """One operation that an operand was made by, `depth` operations before."""

    op: str
    depth: int
    place: Place | None
    output: Values
    inputs: tuple[Values, ...] = ()


@dataclass(frozen=True)
class Operand:
    """One input of the first bad operation, and where it came from; `leaf` says what it is where nothing made it."""

    values: Values
    ancestors: tuple[Ancestor, ...] = ()
    leaf: str = ""


@dataclass(frozen=True)
class Origin:
    """The first operation whose inputs are finite and whose output is not.

    For one of the backward pass, `op` made the bad gradient, and `forward_op`, `place`, `inputs` and `output` are those
    of the forward operation that it belongs to.
    """

    op: str
    direction: str
    forward_op: str
    place: Place | None
    places: tuple[Place, ...]
    inputs: tuple[Operand, ...]
    output: Values
    feeds: tuple[str, ...] = ()
    masked: bool = False
    in_optimizer: bool = False
    leaf: str = ""
    """Where nothing made the bad value: "variable", "data", "constant", "dataset"."""
    gradient_inputs: tuple[Values, ...] = ()
    layers: tuple[str, ...] = ()
    """The classes of the Keras layers that it ran in, the innermost first."""
    numpy: str = ""
    """What numpy complained of before, where the bad value came from numpy."""

    @property
    def picture(self) -> bool:
        """Whether it has the shape of pictures."""
        return len(self.output.shape) in (3, 4) and self.output.shape[-1] in (1, 3, 4)


@dataclass(frozen=True)
class LossScale:
    """A power of two that the loss was multiplied by; `taken_back` if something was divided by it again."""

    factor: float
    place: Place | None
    taken_back: bool


@dataclass(frozen=True)
class Optimizer:
    """An optimizer that the script made, and where."""

    name: str
    learning_rate: float
    place: Place | None
    epsilon: float | None = None


SHOWN = "shown by the script"
SHOWN_INFINITE = "infinite, and shown by the script"
"""Counts only where nothing is trained: a quality of a perfect picture is infinite, and so is a first best."""


@dataclass(frozen=True)
class Sighting:
    """The first value the user cares about that is not finite."""

    what: str
    step: int
    call: int
    place: Place | None = None
    note: str = ""


@dataclass
class Observed:
    """What one run of the script showed."""

    ending: str = "finished"
    """finished, crashed, sick, steps (its step limit was reached), time, killed."""
    error: str = ""
    error_place: Place | None = None
    sighting: Sighting | None = None
    steps: int = 0
    losses: list[float] = field(default_factory=list)
    gradients: list[float] = field(default_factory=list)
    optimizers: list[Optimizer] = field(default_factory=list)
    updates: list[Place] = field(default_factory=list)
    """Where variables are updated by hand."""
    bad_rate: bool = False
    """Whether an optimizer was given a learning rate that is not finite."""
    loss_scaled: bool = False
    compiled: bool = False
    """Whether XLA was asked for."""
    origin: Origin | None = None
    others: list[Origin] = field(default_factory=list)
    network_input: Operand | None = None
    input_places: tuple[Place, ...] = ()
    loss_scale: LossScale | None = None
    suspects: list[Origin] = field(default_factory=list)
    """Operations at the edge of their domain that did no harm where they were tried."""
    parts: list[Ancestor] = field(default_factory=list)
    """The terms and largest values of the loss at the step in question."""
    sources: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    """What went wrong in watching itself."""
