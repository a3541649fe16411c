"""Options: those that decide the picture are made from `Settings`, those that decide where it goes are written here."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_type_hints

from cyclopts import Group, Parameter, Token

from steadystyle.core.settings import Checked, PassSettings, Settings, TrainSettings

PICTURE = Group("What the picture becomes", sort_key=1)
DELIVERY = Group("Where it goes, and what is told on the way", sort_key=2)


def _limits(limits: Mapping[str, Any]) -> str:
    """A field's limits as people say them; empty where there are none."""
    minimum, maximum, above = limits["minimum"], limits["maximum"], limits["above"]
    if above is not None:
        return f" More than {above:g}."
    if minimum is not None and maximum is not None:
        return f" From {minimum:.12g} to {maximum:.12g}."
    if minimum is not None:
        return f" At least {minimum:g}."
    return f" At most {maximum:g}." if maximum is not None else ""


def _flag(field: dataclasses.Field[Any], kind: Any) -> tuple[str, Any, Any]:
    """The option for one field: None means that it was not given."""
    kinds = set(get_args(kind) or (kind,)) - {type(None)}
    choices = field.metadata["choices"]
    annotation: Any
    if choices:
        annotation, metavar = Literal[tuple(choices)], "NAME"
    elif kinds & {int, float}:
        # Whole numbers too: cyclopts would round 12.5 for an int; Settings says what is wrong with it.
        annotation, metavar = float, "NUMBER"
        if field.metadata["words"]:
            annotation |= Literal[field.metadata["words"]]
    else:
        (annotation,) = kinds
        metavar = "FILE" if annotation is Path else "TEXT"
    parameter = Parameter(
        name=("--" + field.name.replace("_", "-"), *field.metadata["flags"]),
        help=field.metadata["help"] + _limits(field.metadata),
        show_default=None if field.default is None else _plain(field.default),
        metavar=metavar,
        group=PICTURE,
    )
    return field.name, Annotated[annotation | None, parameter], dataclasses.field(default=None)


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def options_of(settings: type[Checked], names: Collection[str] | None = None) -> type:
    """A dataclass with one option for each field of `settings`, or for those of some names."""
    kinds = get_type_hints(settings)
    fields = [
        _flag(field, kinds[field.name])
        for field in dataclasses.fields(settings)  # type: ignore[arg-type]
        if names is None or field.name in names
    ]
    # Without a module of ours, cyclopts takes the class for a built-in one and does not look inside.
    return dataclasses.make_dataclass(
        f"{settings.__name__}Options", fields, frozen=True, namespace={"__module__": __name__}
    )


if TYPE_CHECKING:
    SettingsOptions = Any
    PassOptions = Any
    TrainOptions = Any
    MemoryOptions = Any
else:
    SettingsOptions, PassOptions, TrainOptions = map(options_of, (Settings, PassSettings, TrainSettings))
    MemoryOptions = options_of(Settings, ("backbone", "optimizer", "tile", "memory"))

SettingsFlags = Annotated[SettingsOptions | None, Parameter(name="*")]
"""The annotation of a command's parameter that takes all settings."""
PassFlags = Annotated[PassOptions | None, Parameter(name="*")]
"""The same for those of one pass through a network."""
TrainFlags = Annotated[TrainOptions | None, Parameter(name="*")]
"""The same for those of a training."""

MemoryFlags = Annotated[MemoryOptions | None, Parameter(name="*")]
"""The same for those that decide how much memory a run takes."""

Config = Annotated[
    Path | None,
    Parameter(
        name="--config",
        metavar="FILE",
        group=PICTURE,
        help="Settings from a TOML file, one `name = value` a line; options given here win over it.",
    ),
]


def settings_from(flags: Any, config: Path | None = None, **own_defaults: Any) -> Settings:
    """The settings that were asked for: `flags` over the file over `own_defaults` over the general defaults.

    Raises:
        SettingsError: a value without meaning, an unknown name in the file, or a file that cannot be read.
    """
    given = given_by(flags)
    from_file = {} if config is None else Settings.from_toml(config).as_dict()
    return Settings.from_dict({**own_defaults, **from_file, **given})


def given_by(flags: Any) -> dict[str, Any]:
    """The settings that were given on the command line, by name."""
    return {} if flags is None else {name: value for name, value in vars(flags).items() if value is not None}


def _page_name(_: Any, value: Path | None) -> None:
    if value is not None and value.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"wanted a name that ends in .html, got {str(value)!r}; for a JSON report, give --json")


def _file_or_dash(_: Any, value: str | None) -> None:
    if value is not None and value.startswith("-") and value != "-":
        raise ValueError("Give a file name, or - for standard output.")


def _count(_: Any, tokens: Sequence[Token]) -> int:
    """A whole number from 1; cyclopts alone would round 2.5."""
    text = tokens[0].value
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"wanted a whole number from 1, got {text!r}")
    return int(text)


def _seconds(_: Any, value: float | None) -> None:
    if value is not None and not 0 <= value <= 1e9:
        raise ValueError(f"wanted seconds, from 0 to 1e9, got {value:g}")


def option(
    name: str | tuple[str, ...], help: str, metavar: str | None = None, group: Group = DELIVERY, **more: Any
) -> Parameter:
    """A command's own option; one that is a switch has no opposite."""
    return Parameter(name=name, help=help, metavar=metavar, group=group, negative=(), **more)


def _page(help: str) -> Parameter:
    return option("--report", help, metavar="FILE.html", validator=_page_name)


def _numbers(help: str) -> Parameter:
    return option("--json", help, metavar="FILE", allow_leading_hyphen=True, validator=_file_or_dash)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Findings:
    """Where the findings of a measurement go."""

    report: Annotated[Path | None, _page("Write a page with the curves. One file, needs no network.")] = None
    json: Annotated[
        str | None, _numbers("Write all numbers as JSON; - for standard output, in place of the table.")
    ] = None
    force: Annotated[bool, option("--force", "Overwrite files that exist.", show_default=False)] = False
    quiet: Annotated[
        bool, option(("--quiet", "-q"), "Say nothing but the findings, errors and warnings.", show_default=False)
    ] = False


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Where a result goes, and what is told on the way."""

    output: Annotated[
        Path | None,
        option(
            ("--output", "-o"),
            "The result: .png, .jpg, .webp or .tiff (default: made from the inputs' names, in the current folder).",
            metavar="FILE",
        ),
    ] = None
    force: Annotated[
        bool,
        option(
            "--force",
            "Overwrite FILE even if it is not the result of this very run (same inputs, settings, version).",
            show_default=False,
        ),
    ] = False
    bits: Annotated[
        Literal[8, 16] | None,
        option("--bits", "A channel, in the result's file; 16 for .png and .tiff.", show_default="8", metavar="N"),
    ] = None
    save_every: Annotated[
        int | None,
        option(
            "--save-every",
            "Save a numbered snapshot beside the result every so many gradient evaluations.",
            metavar="N",
            converter=_count,
        ),
    ] = None
    checkpoint: Annotated[
        Path | None,
        option(
            "--checkpoint",
            "Keep in FILE where the run stands, so that it can go on after whatever ends it; removed when it is done.",
            metavar="FILE",
        ),
    ] = None
    resume: Annotated[
        bool,
        option(
            "--resume",
            "Go on from the checkpoint, or start if there is none yet: the same command can be given again and again.",
            show_default=False,
        ),
    ] = False
    checkpoint_every: Annotated[
        float | None,
        option(
            "--checkpoint-every",
            "Write the checkpoint after so many seconds (default: 30, or more where that would cost over 1%).",
            metavar="SECONDS",
            validator=_seconds,
        ),
    ] = None
    report: Annotated[
        Path | None,
        _page(
            "Write a page that explains the run: pictures, curves, every repair, advice. One file, needs no network."
        ),
    ] = None
    json: Annotated[
        str | None,
        _numbers("Write a run report: settings, versions, losses, every repair, timings; - for standard output."),
    ] = None
    tensorboard: Annotated[
        Path | None,
        option(
            "--tensorboard",
            "Write losses, gradient norm, learning rate and pictures for TensorBoard into a new folder below DIR.",
            metavar="DIR",
        ),
    ] = None
    quiet: Annotated[
        bool,
        option(
            ("--quiet", "-q"), "Say nothing but errors and warnings; standard output is the same.", show_default=False
        ),
    ] = False
