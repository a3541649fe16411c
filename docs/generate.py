"""Write the pages of docs/ that are made from the code: `python -m docs.generate`; `--check` fails if one is stale."""

from __future__ import annotations

import ast
import dataclasses
import sys
from pathlib import Path
from typing import Any

import steadystyle
from steadystyle.core import discover, errors
from steadystyle.core.causes import CAUSES
from steadystyle.core.contracts import Check, Remedy
from steadystyle.core.discover import feature
from steadystyle.core.outcome import Outcome
from steadystyle.core.settings import PRESETS, Checked, PassSettings, Settings, TrainSettings
from steadystyle.doctor.contracts import CauseRule
from steadystyle.doctor.lint.check import check_modules, chosen
from steadystyle.doctor.lint.contracts import Rule
from steadystyle.doctor.lint.files import parsed
from steadystyle.doctor.verdict import CAUSES as RULES
from steadystyle.feedforward.contracts import Export
from steadystyle.images.recognised import RULE

DOCS = Path(__file__).parent
PACKAGE = Path(steadystyle.__file__).parent
SINGULAR = {
    "core",
    "images",
    "guard",
    "transfer",
    "feedforward",
    "doctor",
    "lint",
    "video",
    "cluster",
    "apps",
    "cli",
    "page",
    "web",
}
"""Folders of machinery; in every other folder, a file is a feature."""


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them with the files if `--check` is given; returns the exit status."""
    made = pages()
    stale = [name for name, text in made.items() if text != current(DOCS / name)]
    if "--check" in arguments:
        for name in stale:
            print(f"docs/{name} is stale: run python -m docs.generate", file=sys.stderr)
        return 1 if stale else 0
    for name in stale:
        (DOCS / name).write_text(made[name], "utf-8")
        print(f"docs/{name} written")
    return 0


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    texts = {
        "causes.md": causes_page(),
        "exports.md": exports_page(),
        "guard.md": guard_page(),
        "inputs.md": inputs_page(),
        "lint.md": lint_page(),
        "map.md": map_page(),
        "outcomes.md": outcomes_page(),
        "settings.md": settings_page(),
    }
    return {name: f"<!-- made by docs/generate.py: edit the code instead -->\n{text}\n" for name, text in texts.items()}


def current(file: Path) -> str:
    """The file's text, empty if there is none."""
    return file.read_text("utf-8") if file.exists() else ""


def map_page() -> str:
    """Each folder with its purpose; in the folders that grow by a file a feature, the features."""
    lines = ["# Map of the package", "", "In a folder that is named in the plural, one file is one feature.", ""]
    for front in sorted(PACKAGE.rglob("*/__init__.py")):
        folder = front.parent
        parts = folder.relative_to(PACKAGE).parts
        lines.append(f"{'  ' * (len(parts) - 1)}- **{'/'.join(parts)}**: {purpose(front)}")
        if folder.name not in SINGULAR:
            for name in discover.names(".".join(["steadystyle", *parts])):
                lines.append(f"{'  ' * len(parts)}- `{name}`: {purpose(folder / (name.replace('-', '_') + '.py'))}")
    return "\n".join(lines)


def outcomes_page() -> str:
    """How a run can end, what is raised instead, and the exit code of each."""
    raised = [error for error in vars(errors).values() if isinstance(error, type)]
    refusals = [error for error in raised if issubclass(error, errors.SteadyStyleError)]
    return "\n".join(
        [
            "# How a run ends",
            "",
            "What the numbers did is an outcome; it comes with a finite picture.",
            "",
            *table(
                ["outcome", "what it means", "exit code"],
                [[f"`{outcome.name}`", outcome.value, outcome.exit_code] for outcome in Outcome],
            ),
            "",
            "What the caller got wrong is raised before the run, with a one-line message.",
            "",
            *table(
                ["error", "what it means", "exit code"],
                [[f"`{error.__name__}`", first_line(error.__doc__), error.exit_code] for error in refusals],
            ),
        ]
    )


def causes_page() -> str:
    """Every cause of numbers going bad, under its id, which never changes."""
    lines = [
        "# Why numbers go bad",
        "",
        "Reports name a cause by its id; each is explained here, with what `steadystyle doctor` looks for in the",
        "programs of others and the edits that it tries, and with what a run of ours does.",
    ]
    for name, cause in CAUSES.items():
        lines += ["", f"## `{name}`", f"**{cause.title}.** {cause.what}", "", f"What to do: {cause.advice}"]
        if name in discover.names(RULES):
            rule = feature(RULES, name, CauseRule)  # type: ignore[type-abstract]
            lines += ["", f"The doctor looks for: {described(rule)}", "", f"Its edit: {described(rule.edits)}"]
        lines += ["", f"In SteadyStyle: {cause.here}"]
    return "\n".join(lines)


def exports_page() -> str:
    """Every format that a trained network is exported to, and how it is run there."""
    kinds = {
        name: feature("steadystyle.feedforward.exports", name, Export)  # type: ignore[type-abstract]
        for name in discover.names("steadystyle.feedforward.exports")
    }
    heads = ["`--format`", "what it is", "file", "needs", "may be off by"]
    rows = [
        [
            f"`{name}`",
            described(kind),
            f"`NAME{kind.ending}`" if kind.ending else "a folder",
            f"`pip install 'steadystyle[{kind.extra}]'`" if kind.extra else "",
            f"{kind.tolerance:g}",
        ]
        for name, kind in kinds.items()
    ]
    return "\n".join(["# Exports", "", EXPORTS_BEGIN, "", *table(heads, rows), "", EXPORTS_END])


EXPORTS_BEGIN = """\
`steadystyle export MODEL.keras -o PATH --format NAME` writes a network that `steadystyle train` made for programs that
know nothing of SteadyStyle. What was written is run in its own runtime on nine batches that break programs (one pixel,
one row, black, noise, NaN and infinity among them, of several sizes), and is put in its place only if its pictures are
the network's: as a root mean square over each picture in [0, 1], they may be off by no more than the table says."""
EXPORTS_END = """\
Inputs are called `images` and `shares`, the output `pictures`.
- `images`: a batch (N, H, W, 3), float32, sRGB in [0, 1], of any number and size: in all formats both are open.
- `shares`: (N, S) float32, how much of each of the S styles, in proportion. A network of one style does not ask for
  them, nor does one of several that was exported with `--share`.
- `pictures`: as `images`, always finite and in [0, 1]. A number below 0 counts as 0, one above 1 as 1, NaN as 0; shares
  of which none is above 0 count as equal.

In `saved-model`, `levels` takes and gives uint8 from 0 to 255. TensorFlow Serving looks for a folder by its version:
`-o wave/1`.
```python
made = tf.saved_model.load("wave").signatures["serving_default"](images=images)["pictures"]
made = onnxruntime.InferenceSession("wave.onnx").run(["pictures"], {"images": images})[0]
made = ai_edge_litert.interpreter.Interpreter("wave.tflite").get_signature_runner("serving_default")(images=images)
```
`litert-int8` takes its ranges from photographs (`--images FOLDER`). The normalisation between the convolutions stays in
float32: in 8 bits a constant picture divides by zero."""


def guard_page() -> str:
    """Every check and every remedy, in the words of the code."""
    checks = [
        feature("steadystyle.guard.checks", name, Check)  # type: ignore[type-abstract]
        for name in discover.names("steadystyle.guard.checks")
    ]
    remedies = [
        feature("steadystyle.guard.remedies", name, Remedy)  # type: ignore[type-abstract]
        for name in discover.names("steadystyle.guard.remedies")
    ]
    ordered = sorted(remedies, key=lambda remedy: remedy.order)
    return "\n".join(
        [
            "# The guard",
            "",
            "Every measurement passes all checks before anything is built on it. What a check objects to, if it is",
            "finite, is measured a second time: what does not repeat was an accident; what is only doubted is then",
            "accepted.",
            "",
            *table(["check", "what it does"], [[f"`{name_of(check)}`", described(check)] for check in checks]),
            "",
            "What stays rejected is made again operation by operation, to see where the first bad number comes from,",
            "and then remedies are tried in this order, each so many times in a row from one good picture:",
            "",
            *table(
                ["order", "remedy", "tries", "what it does"],
                [[one.order, f"`{name_of(one)}`", one.tries, described(one)] for one in ordered],
            ),
            "",
            "When none is left the run ends with the best finite picture, exit code 7, and an event that says so.",
        ]
    )


def inputs_page() -> str:
    """What is taken for a picture, by the one rule."""
    return "\n".join(
        [
            "# What is taken for a picture",
            "",
            "A path or an array is taken as it is, put right, or refused, by its type, shape and values alone. What is",
            "said or repaired is an event of the result, at step -1; only a repair makes the outcome `REPAIRED`.",
            "",
            *table(["what came", "what is done", "event"], [list(row) for row in RULE]),
            "",
            "(a) The whole array has to land in [0, 1] when it is undone, and there has to be evidence: every number",
            "lands on one of the 256 levels of 8 bits; or else black is reached in one channel, and black or white in",
            "one more. If that holds for two meanings, the array is refused. -1 to 1 is also taken without evidence if",
            "a number is below -0.5. With alpha, nothing below 0 is taken.",
            "",
            "(b) Whole pixels, each with the mean of the good pixels in the smallest square of 2, 4, 8, ... pixels a",
            "side that has one.",
            "",
            "A float TIFF follows the same rule; `load_image` says with a warning what it put right. `save_image` puts",
            "nothing right: it takes floats in [0, 1] and refuses all else.",
        ]
    )


def lint_page() -> str:
    """Every lint rule: why, a bad and a good example."""
    rules = chosen()
    lines = [
        "# Faults that can be seen in the source",
        "",
        "`steadystyle lint PATH...` reads Python files, notebooks and folders of them; nothing is run or imported.",
        "It says `path:line:column: rule: message`, and in the next line what to write instead: a `fix` is made by",
        "`--fix`, a `hint` is for you to think about. `--diff` shows what `--fix` would change. `--rule NAME` and",
        "`--ignore NAME` choose, `--json` and `--sarif FILE` are for machines and code hosts. In a notebook the lines",
        "of all code cells are counted together.",
        "",
        "`# steadystyle: ignore[rule]` at the end of a line says that what is found there is meant so; without a rule,",
        "whatever it is.",
        "",
        "Exit status: 0 nothing was found, 1 something was, 2 a file could not be read as Python.",
        "",
        "With [pre-commit](https://pre-commit.com): the hooks `steadystyle-lint` and `steadystyle-lint-fix`.",
        "",
        "What is reported can go wrong as it is written; whether it does depends on the data. `steadystyle doctor`",
        "runs the script and says whether it did.",
        "",
        *table(
            ["rule", "cause", "fixed by `--fix`"],
            [
                [f"[`{name}`](#{name})", f"[`{rule.cause}`](causes.md#{rule.cause})", "yes" if fixable(rule) else ""]
                for name, rule in rules.items()
            ],
        ),
    ]
    for name, rule in rules.items():
        lines += ["", f"## `{name}`", f"**{rule.title}.** {rule.why}", ""]
        lines += [
            "Bad:",
            "```python",
            rule.bad.rstrip("\n"),
            "```",
            "Good:",
            "```python",
            rule.good.rstrip("\n"),
            "```",
        ]
    return "\n".join(lines)


def fixable(rule: Rule) -> bool:
    """Whether its bad example has a safe fix."""
    found = check_modules([parsed("example.py", rule.bad)], {"rule": rule}).findings
    return any(finding.fix is not None and finding.fix.safe for finding in found)


def name_of(found: type) -> str:
    """Its file's name, with hyphens."""
    return found.__module__.rpartition(".")[2].replace("_", "-")


def described(found: Any) -> str:
    """The first paragraph of the docstring of a class or method, on one line."""
    return " ".join((found.__doc__ or "").split("\n\n")[0].split()).replace("|", "\\|")


def settings_page() -> str:
    """Every setting with its default and its limits, and what the presets mean."""
    return "\n".join(
        [
            "# Settings",
            "",
            "Of `steadystyle stylize`, `tune` and `again`:",
            "",
            *fields_of(Settings),
            "",
            "## One pass",
            "Of `steadystyle apply` and `ArbitraryStyle`:",
            "",
            *fields_of(PassSettings),
            "",
            "A model that was trained has no use for `style_scale` and `touches`.",
            "",
            "## Training",
            "Of `steadystyle train`:",
            "",
            *fields_of(TrainSettings),
            "",
            "## Presets",
            "",
            *table(
                ["preset", "stands for"],
                [
                    [f"`{name}`", ", ".join(f"{key} {value}" for key, value in PRESETS[name].items())]
                    for name in PRESETS
                ],
            ),
        ]
    )


def fields_of(settings: type[Checked]) -> list[str]:
    """A table of the settings in one dataclass."""
    return table(
        ["setting", "what it decides", "default", "allowed"],
        [
            [f"`{field.name}`", field.metadata["help"], shown(field), allowed(field)]
            for field in dataclasses.fields(settings)  # type: ignore[arg-type]
        ],
    )


def shown(field: dataclasses.Field[Any]) -> str:
    """The default, as a person would write it."""
    return "" if field.default is None else f"`{field.default}`"


def allowed(field: dataclasses.Field[Any]) -> str:
    """The limits in words."""
    limits = field.metadata
    if limits["choices"] is not None:
        return ", ".join(f"`{choice}`" for choice in limits["choices"])
    words = {"above": "above {}", "minimum": "at least {}", "maximum": "at most {}"}
    numbers = [text.format(limits[name]) for name, text in words.items() if limits[name] is not None]
    return ", ".join([*numbers, *(f"`{word}`" for word in limits["words"])])


def table(heads: list[str], rows: list[list[Any]]) -> list[str]:
    """A Markdown table, line by line."""
    return [f"| {' | '.join(map(str, row))} |" for row in [heads, ["---"] * len(heads), *rows]]


def purpose(file: Path) -> str:
    """The first line of the module's docstring; the module is read, not run."""
    return first_line(ast.get_docstring(ast.parse(file.read_text("utf-8"))))


def first_line(docstring: str | None) -> str:
    """The first line of a docstring, empty if there is none."""
    return (docstring or "").partition("\n")[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
