"""The linter on the programs that the doctor is judged by, and on programs that it must leave alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from steadystyle.doctor.lint.check import check_files, check_modules, chosen
from steadystyle.doctor.lint.contracts import Finding
from steadystyle.doctor.lint.files import parsed
from tests.doctor.expectations import Expectation, advised, expectations

RULES = chosen()
PROGRAMS = Path(__file__).parent / "programs"


def seen(expectation: Expectation) -> bool:
    """Whether the right cause is found on the right line."""
    lines = {(script, line) for script, line in expectation.lines}
    return any(
        (finding.path.rpartition("/")[2], finding.line) in lines and finding.cause in expectation.causes
        for finding in check_files([expectation.script], RULES).findings
    )


def findings(text: str) -> list[Finding]:
    """What all rules find in a program."""
    return check_modules([parsed("program.py", text)], RULES).findings


def test_most_faults_that_can_be_seen_are_found() -> None:
    """At the right line, with the right cause."""
    visible = [expectation for expectation in expectations() if expectation.visible]
    missed = [expectation.script.stem for expectation in visible if not seen(expectation)]
    assert len(missed) <= 0.09 * len(visible), missed


@pytest.mark.parametrize("expectation", [e for e in expectations() if e.healthy], ids=lambda e: e.script.stem)
def test_nothing_is_found_in_a_healthy_program(expectation: Expectation) -> None:
    """Not even in those that look like trouble, but for the advice that their headers call right."""
    found = check_files([expectation.script], RULES).findings
    assert {finding.rule for finding in found} == set(expectation.advised)


def test_advice_is_read_strictly(tmp_path: Path) -> None:
    """In the header of a healthy script, by the name of a rule, in these words."""
    script = tmp_path / "script.py"
    script.write_text("# expect: healthy\n# lint: some-rule is right here\nx = 1\n", "utf-8")
    assert advised(script) == ("some-rule",)
    for text in (
        "# expect: healthy\n# lint: some-rule is right\nx = 1\n",
        "# expect: healthy\n# lint: is right here\nx = 1\n",
        "# expect: healthy\nx = 1\n# lint: some-rule is right here\n# lint: other is right here\n",
        "# expect: zero-division\n# lint: some-rule is right here\nx = 1\n",
    ):
        script.write_text(text, "utf-8")
        with pytest.raises(ValueError, match="is not one line"):
            advised(script)


GUARDED = {
    "epsilon": "tf.math.log(x + 1e-8)",
    "maximum": "tf.sqrt(tf.maximum(x, 1e-12))",
    "clip": "tf.math.log(tf.clip_by_value(x, 1e-7, 1.0))",
    "softplus and epsilon": "tf.math.log(tf.nn.softplus(x) + 1e-6)",
    "exponential shifted": "tf.exp(x - tf.reduce_max(x)) / tf.reduce_sum(tf.exp(x - tf.reduce_max(x)))",
    "double where": "tf.where(x > 0, tf.sqrt(tf.where(x > 0, x, 1.0)), 0.0)",
    "logarithm of one plus squares": "tf.math.log(1.0 + tf.square(x))",
    "root of one plus squares": "tf.sqrt(1.0 + x * x)",
    "attention": "x / tf.sqrt(tf.cast(tf.shape(x)[-1], tf.float32))",
    "divide_no_nan": "tf.math.divide_no_nan(x, tf.reduce_sum(x))",
    "norm squared": "tf.norm(x) ** 2",
    "norm with a floor below": "x / (tf.norm(x) + 1e-8)",
    "mean over a shape": "tf.reduce_sum(x) / tf.cast(tf.size(x), tf.float32)",
    "whole power": "x**3 + x**2.0",
    "log of a constant": "x / tf.math.log(10.0)",
    "keras epsilon": "tf.math.log(x + tf.keras.backend.epsilon())",
}


@pytest.mark.parametrize("guarded", GUARDED)
def test_a_guard_is_known_as_one(guarded: str) -> None:
    """However it is written."""
    text = f"import tensorflow as tf\n\n\ndef loss(x):\n    return tf.reduce_sum({GUARDED[guarded]})\n"
    assert findings(text) == []


ALIASES = {
    "from": ("from tensorflow import math", "math.log(x)"),
    "as": ("import tensorflow.math as tfm", "tfm.log(x)"),
    "function": ("from tensorflow.math import log as ln", "ln(x)"),
    "keras.ops": ("from keras import ops", "ops.log(x)"),
    "backend": ("from tensorflow.keras import backend as K", "K.log(x)"),
    "name": ("import tensorflow as tf\nln = tf.math.log", "ln(x)"),
    "compat": ("import tensorflow.compat.v1 as tf", "tf.log(x)"),
}


@pytest.mark.parametrize("alias", ALIASES)
def test_a_function_is_known_by_any_name(alias: str) -> None:
    """However it was imported."""
    first, call = ALIASES[alias]
    text = f"import tensorflow\n{first}\n\n\ndef loss(x):\n    x = tensorflow.square(x)\n    return {call}\n"
    assert [finding.rule for finding in findings(text)] == ["log-without-floor"]


def test_a_helper_is_judged_by_what_it_is_given() -> None:
    """A logarithm whose callers all keep its argument up is left alone; one careless caller is enough."""
    helper = "import tensorflow as tf\n\n\ndef entropy(p):\n    return -p * tf.math.log(p)\n\n\n"
    loop = "w = tf.Variable(0.5)\nwith tf.GradientTape() as tape:\n    loss = entropy({})\n"
    assert findings(helper + loop.format("tf.nn.sigmoid(w) + 1e-6")) == []
    assert [finding.line for finding in findings(helper + loop.format("w"))] == [5]


def test_a_test_before_a_division_is_believed() -> None:
    """What was returned early for 0 is not divided by."""
    text = "import tensorflow as tf\n\n\ndef share(x):\n    total = tf.reduce_sum(x)\n{}    return x / total\n"
    assert len(findings(text.format(""))) == 1
    assert findings(text.format("    if total == 0:\n        return x\n")) == []


def programs(name: str) -> dict[str, str]:
    """The programs of one file of `programs/`, by the headings between them; a fault's line ends with `#! cause`."""
    parts = re.split(r"^### (.*)\n", (PROGRAMS / name).read_text("utf-8"), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


HEALTHY, BROKEN = programs("healthy.txt"), programs("broken.txt")
NOT_YET = {"nan_list", "huge_weight"}
"""Faults that can be seen, and that no rule looks for."""


@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_found_in_what_people_write_with_care(name: str) -> None:
    """Guards of every kind, in the style of tutorials."""
    assert findings(HEALTHY[name]) == []


@pytest.mark.parametrize("name", [name for name in BROKEN if name not in NOT_YET])
def test_faults_of_every_style_are_found(name: str) -> None:
    """At the right line, with the right cause."""
    lines = enumerate(BROKEN[name].splitlines(), 1)
    wanted = {(number, cause) for number, line in lines for cause in line.partition("  #! ")[2].split(",") if cause}
    assert wanted & {(finding.line, finding.cause) for finding in findings(BROKEN[name])}


def test_calls_that_cannot_be_right_do_not_stop_it() -> None:
    """Operations without operands, starred ones, classes made from themselves."""
    odd = (PROGRAMS / "odd.txt").read_text("utf-8")
    assert [finding.rule for finding in findings(odd)] == ["division-without-floor"]
