"""The safe fixes, made: text in, text out; what is around them stays to the letter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from steadystyle.doctor.lint.check import Checked, check_modules
from steadystyle.doctor.lint.contracts import Change, Finding, Rule
from steadystyle.doctor.lint.files import Unreadable, parsed, read_module
from steadystyle.doctor.lint.program import Module

MOST_ROUNDS = 10
"""A fix may uncover the next; none needs more than a few."""


@dataclass
class Fixed:
    """Files with their safe fixes made, and what is left to find in them."""

    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    checked: Checked = field(default_factory=Checked)
    count: int = 0

    @property
    def changed(self) -> list[str]:
        """The files that are not as they were."""
        return [path for path, text in self.after.items() if text != self.before[path]]


def fix_files(paths: Iterable[Path], rules: Mapping[str, Rule]) -> Fixed:
    """The text of files with all safe fixes; nothing is written, and notebooks and siblings stay as they are."""
    fixed, unreadable = Fixed(), []
    frozen: list[Path] = []
    for path in paths:
        try:
            module = read_module(path)
        except Unreadable as error:
            unreadable.append(str(error))
            continue
        if path.suffix == ".ipynb":
            frozen.append(path)
        else:
            fixed.before[str(path)] = fixed.after[str(path)] = module.text.text
    for _ in range(MOST_ROUNDS):
        modules = [*(parsed(path, text) for path, text in fixed.after.items()), *map(read_module, frozen)]
        fixed.checked = check_modules(modules, rules)
        made = [_fix(module, fixed) for module in modules if module.path in fixed.after]
        if not any(made):
            break
    fixed.checked.unreadable += unreadable
    fixed.checked.files += len(unreadable)
    return fixed


def _fix(module: Module, fixed: Fixed) -> bool:
    """Make the fixes of one file; a text that is no longer Python is not taken."""
    changes = disjoint([finding for finding in fixed.checked.findings if finding.path == module.path])
    if not changes:
        return False
    text = module.text.with_changes(changes)
    try:
        parsed(module.path, text)
    except Unreadable:
        return False
    fixed.after[module.path] = text
    fixed.count += len(changes)
    return True


def disjoint(findings: Sequence[Finding]) -> list[Change]:
    """The changes of the safe fixes, without those that overlap one before them: those wait for the next round."""
    taken: list[Change] = []
    for finding in findings:
        if finding.fix and finding.fix.safe and not any(_overlap(a, b) for a in finding.fix.changes for b in taken):
            taken += finding.fix.changes
    return taken


def _overlap(one: Change, other: Change) -> bool:
    return one.span[:2] < other.span[2:] and other.span[:2] < one.span[2:]
