"""The only home of a default: flags, form fields and reports are made from this dataclass. Loads no TensorFlow."""

from __future__ import annotations

import dataclasses
import math
import reprlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any, Self, get_args, get_type_hints

from steadystyle.core import discover
from steadystyle.core.errors import SettingsError


def setting(
    default: Any,
    help: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
    choices: tuple[str, ...] | None = None,
    words: tuple[str, ...] = (),
    flags: tuple[str, ...] = (),
) -> Any:
    """A field with its help and its limits: `minimum` and `maximum` are allowed values, `above` is not.

    `choices` are the names that it takes, `words` those that a number's place takes too.
    """
    limits = {"minimum": minimum, "maximum": maximum, "above": above, "choices": choices, "words": words}
    return dataclasses.field(default=default, metadata={"help": help, "flags": flags, **limits})


SMALLEST_CROP = 16
"""Pixels; the backbone halves four times."""
AUTO = "auto"
"""In a number's place: measure it."""
OFF = "off"
"""In a number's place: not at all."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "draft": {"steps": 25, "scale_steps": 25},
    "standard": {"steps": 55, "scale_steps": 35},
    "fine": {"steps": 200, "scale_steps": 120},
}
"""What a preset means for the settings that were left at None."""


class Checked:
    """What dataclasses of settings share: there are none with a value of the wrong kind or out of its limits."""

    __slots__ = ()

    def __post_init__(self) -> None:
        kinds = get_type_hints(type(self))
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = _converted(field.name, getattr(self, field.name), kinds[field.name])
            _check_limits(field.name, value, field.metadata)
            object.__setattr__(self, field.name, value)

    def replaced(self, values: Mapping[str, Any]) -> Self:
        """The same settings with `values` in place of some; an unknown name raises SettingsError."""
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        return self.from_dict({**{field.name: getattr(self, field.name) for field in fields}, **values})

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and for the text inside a PNG."""
        values = dataclasses.asdict(self)  # type: ignore[call-overload]
        return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `as_dict`; an unknown name raises SettingsError."""
        known = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
        unknown = sorted(set(values) - known)
        if unknown:
            raise SettingsError(f"settings: no {_shown(unknown)}; known are {', '.join(sorted(known))}")
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Checked):
    """Everything that decides what one stylisation computes.

    Weights mean the same at any size and on any backbone, because each loss is relative to its target.

    Raises:
        SettingsError: a value of the wrong kind, not finite, out of range, or an unknown name.
    """

    preset: str = setting("standard", "Time against quality.", choices=tuple(PRESETS))
    size: int = setting(512, "Longest side of the result in pixels.", minimum=16, maximum=65535, flags=("-s",))
    content_weight: float = setting(1.0, "How much it keeps of the content.", minimum=0, maximum=1e30, flags=("-cw",))
    style_weight: float = setting(10.0, "How much it takes of the style.", minimum=0, maximum=1e30, flags=("-sw",))
    style_loss: str = setting(
        "gram", "What of the style's features is matched.", choices=discover.names("steadystyle.losses.styles")
    )
    tv_weight: float = setting(
        10.0, "How much neighbouring pixels are kept alike (total variation).", minimum=0, maximum=1e30
    )
    style_scale: float = setting(
        1.0, "Size of the style picture relative to the result; larger gives larger strokes.", minimum=0.05, maximum=20
    )
    steps: int | None = setting(
        None, "Gradient evaluations at the full size (default: the preset's).", minimum=1, maximum=1_000_000
    )
    scale_steps: int | None = setting(
        None, "Gradient evaluations at each smaller scale (default: the preset's).", minimum=1, maximum=1_000_000
    )
    scales: int | None = setting(
        None,
        "How many sizes to go through, each half the next (default: down to about 128 pixels).",
        minimum=1,
        maximum=12,
    )
    init: str = setting("content", "What the picture starts from.", choices=("content", "noise", "style"))
    optimizer: str = setting("lbfgs", "How the picture is improved.", choices=discover.names("steadystyle.optimizers"))
    learning_rate: float | str | None = setting(
        None,
        "Size of a step; auto measures which is best (default: the optimizer's own).",
        above=0,
        words=(AUTO,),
    )
    schedule: str = setting(
        "constant", "How the learning rate changes.", choices=discover.names("steadystyle.optimizers.schedules")
    )
    clip: float | str | None = setting(
        None,
        "What a step may see of a gradient at most, per pixel; auto measures it (default: all).",
        above=0,
        words=(AUTO,),
    )
    clip_by: str = setting(
        "norm",
        "What of the gradient may not exceed the clip: an entry (value), the root mean square (norm), or this in "
        "proportion to the picture (adaptive).",
        choices=discover.names("steadystyle.optimizers.clips"),
    )
    backbone: str = setting(
        "compact", "The network whose features are compared.", choices=discover.names("steadystyle.backbones")
    )
    weights: Path | None = setting(None, "The backbone's weights from this file instead of its own.")
    pooling: str = setting("max", "How the backbone halves its features.", choices=("max", "average"))
    precision: str = setting(
        "auto",
        "Arithmetic of the convolutions; auto takes what is fastest here.",
        choices=("auto", "float32", "bfloat16", "float16"),
    )
    tile: int | str = setting(
        AUTO,
        "Measure large pictures in tiles of so many pixels a side, in less memory and more time; auto does where the "
        "whole does not fit, off never.",
        minimum=64,
        words=(AUTO, OFF),
    )
    memory: float | str = setting(
        AUTO, "Gigabytes to stay below, in all; auto takes most of what is available.", minimum=1, words=(AUTO,)
    )
    seed: int = setting(0, "Of everything random.", minimum=0, maximum=2**31 - 1)
    time_limit: float | None = setting(None, "Stop after so many seconds with the best picture so far.", above=0)

    def __post_init__(self) -> None:
        Checked.__post_init__(self)
        if self.content_weight == 0 and self.style_weight == 0:
            raise SettingsError("content_weight and style_weight are both 0: nothing to optimise; raise one of them")

    def resolved(self) -> Settings:
        """The same settings with the preset's values where None was left."""
        chosen = {name: value for name, value in PRESETS[self.preset].items() if getattr(self, name) is None}
        return dataclasses.replace(self, **chosen)

    @classmethod
    def from_toml(cls, path: Path) -> Settings:
        """Read a settings file (TOML): one `name = value` a line."""
        try:
            values = tomllib.loads(Path(path).read_text("utf-8"))
        except OSError as error:
            raise SettingsError(f"settings file {path}: {error.strerror}; give a readable TOML file") from error
        except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, a number of 5,000 digits, lists 1,000 deep
            raise SettingsError(f"settings file {path}: {error}; write one `name = value` a line, in TOML") from error
        return cls.from_dict(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassSettings(Checked):
    """Everything that decides what a network makes of a picture in one pass, beside the styles themselves.

    Raises:
        SettingsError: a value of the wrong kind, not finite, out of range, or an unknown name.
    """

    size: int | None = setting(
        None, "Longest side of the results in pixels (default: each picture's own).", minimum=16, maximum=65535,
        flags=("-s",),
    )  # fmt: skip
    strength: float = setting(1.0, "How much of the style; 0 leaves the picture its own.", minimum=0, maximum=1)
    touches: int = setting(
        3,
        "Steps of the optimisation after the network, each a quarter as long as the network itself; not for pictures "
        "of more than 4 megapixels.",
        minimum=0,
        maximum=1000,
    )
    style_scale: float = setting(
        1.0, "Size of the style picture relative to the result; larger gives larger strokes.", minimum=0.05, maximum=20
    )
    colours: str = setting("style", "Whose colours the results have.", choices=("style", "content"))
    precision: str = setting(
        "auto",
        "Arithmetic of the convolutions; auto takes what is fastest here.",
        choices=("auto", "float32", "bfloat16"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings(Checked):
    """Everything that decides what a network for styles of its own becomes, beside the pictures themselves.

    Weights mean the same as those of `Settings`. That of the style is half as large, as a small network loses more of
    the content; that of the variation twice, as the cheapest texture, which it finds first, is a fine grid.

    Raises:
        SettingsError: a value of the wrong kind, not finite, out of range, or an unknown name.
    """

    variant: str = setting(
        "lean", "How wide the network is: full takes about four times as long.", choices=("lean", "full")
    )
    start: str = setting(
        "shipped", "What the kernels are at first: those that ship, where there are some, or random ones.",
        choices=("shipped", "random"),
    )  # fmt: skip
    steps: int = setting(2000, "Batches to train on.", minimum=1, maximum=10_000_000)
    batch: int = setting(4, "Pictures in a batch.", minimum=1, maximum=256)
    size: int = setting(192, "Side of the crops to train on, in pixels.", minimum=32, maximum=2048)
    style_size: int = setting(
        512, "Longest side of the style pictures; results of about that size have strokes as in the style.",
        minimum=16, maximum=4096,
    )  # fmt: skip
    style_scales: int = setting(
        2, "At how many sizes the style is matched, each half the one before; more make longer strokes.",
        minimum=1, maximum=6,
    )  # fmt: skip
    content_weight: float = setting(1.0, "How much it keeps of the content.", minimum=0, maximum=1e30)
    style_weight: float = setting(5.0, "How much it takes of the style.", minimum=0, maximum=1e30)
    style_loss: str = setting(
        "gram", "What of the style's features is matched.", choices=discover.names("steadystyle.losses.styles")
    )
    tv_weight: float = setting(
        20.0, "How much neighbouring pixels are kept alike (total variation).", minimum=0, maximum=1e30
    )
    learning_rate: float = setting(2e-3, "Of Adam.", above=0, maximum=1e6)
    schedule: str = setting(
        "cosine", "How the learning rate changes.", choices=discover.names("steadystyle.optimizers.schedules")
    )
    precision: str = setting(
        "auto",
        "Arithmetic of the convolutions; auto takes what is fastest here.",
        choices=("auto", "float32", "bfloat16", "float16"),
    )
    devices: int | None = setting(
        None, "GPUs to share each batch among (default: all that are there).", minimum=1, maximum=1000
    )
    seed: int = setting(0, "Of everything random.", minimum=0, maximum=2**31 - 1)
    look_every: int = setting(
        100, "Steps after which it is validated and a checkpoint is written.", minimum=1, maximum=1_000_000
    )
    patience: int | None = setting(
        None, "Stop after so many validations without a better one (default: never).", minimum=1, maximum=1_000_000
    )
    time_limit: float | None = setting(None, "Stop after so many seconds, with what it has learnt.", above=0)

    def __post_init__(self) -> None:
        Checked.__post_init__(self)
        if self.size >> (self.style_scales - 1) < SMALLEST_CROP:
            least = SMALLEST_CROP << (self.style_scales - 1)
            raise SettingsError(
                f"style_scales: {self.style_scales} sizes want crops of at least {least} px; --size is {self.size}"
            )


def _converted(name: str, value: Any, kind: Any) -> Any:
    """`value` as the field's type; whole floats pass for integers, NumPy's numbers for Python's, booleans for none."""
    kinds = get_args(kind) or (kind,)
    if value is None and type(None) in kinds:
        return None
    if Path in kinds and isinstance(value, str | Path):
        return Path(value)
    if str in kinds and isinstance(value, str):
        return value
    if (float in kinds or int in kinds) and _is_finite_number(name, value):
        if float in kinds:
            return float(value)
        if value == int(value):
            return int(value)
    words = {int: "a whole number", float: "a number", str: "a name", Path: "a path", type(None): "nothing"}
    wanted = (words[kind] for kind in sorted(kinds, key=list(words).index))
    raise SettingsError(f"{name}: got {_shown(value)}, wanted {' or '.join(wanted)}")


def _is_finite_number(name: str, value: Any) -> bool:
    """False for what is no number; a number that is not finite raises."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return False
    try:
        finite = math.isfinite(value)
    except OverflowError:  # a whole number beyond float; it may have more digits than Python agrees to print
        raise SettingsError(f"{name}: the number is beyond 1e308; give a smaller one") from None
    if not finite:
        raise SettingsError(f"{name}: {value} is not finite; give a finite number")
    return True


def _shown(value: Any) -> str:
    """`value` as it may stand in a message: cut, on one line."""
    try:
        return " ".join(reprlib.repr(value).split())
    except ValueError:  # a whole number of more digits than Python agrees to print
        return f"a very large {type(value).__name__}"


def _check_limits(name: str, value: Any, limits: Mapping[str, Any]) -> None:
    if value is None:
        return
    if limits["words"] and isinstance(value, str):
        if value not in limits["words"]:
            raise SettingsError(f"{name}: no {_shown(value)}; give a number or {', '.join(limits['words'])}")
        return
    if limits["choices"] is not None and value not in limits["choices"]:
        raise SettingsError(f"{name}: no {_shown(value)}; choose from {', '.join(limits['choices'])}")
    if limits["minimum"] is not None and value < limits["minimum"]:
        raise SettingsError(f"{name}: {value} is too small; the smallest is {limits['minimum']}")
    if limits["maximum"] is not None and value > limits["maximum"]:
        raise SettingsError(f"{name}: {value} is too large; the largest is {limits['maximum']}")
    if limits["above"] is not None and value <= limits["above"]:
        raise SettingsError(f"{name}: got {value}, wanted more than {limits['above']}")
