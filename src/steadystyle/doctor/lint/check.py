"""All rules over a set of files: what is found, and what could not be read."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from steadystyle.core import discover
from steadystyle.core.discover import feature
from steadystyle.core.errors import SettingsError
from steadystyle.doctor.lint import names
from steadystyle.doctor.lint.contracts import Fault, Finding, Operation, Rule
from steadystyle.doctor.lint.files import Unreadable, read_module
from steadystyle.doctor.lint.ignored import EVERYTHING, ignored, unknown_names
from steadystyle.doctor.lint.interpret import Interpreter
from steadystyle.doctor.lint.program import Module

RULES = "steadystyle.doctor.lint.rules"


@dataclass
class Checked:
    """What a run of the linter says."""

    findings: list[Finding] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    files: int = 0


def chosen(only: Collection[str] = (), without: Collection[str] = ()) -> dict[str, Rule]:
    """The rules by name.

    Raises:
        SettingsError: there is no rule of a name.
    """
    known = discover.names(RULES)
    for name in (*only, *without):
        if name not in known:
            raise SettingsError(f"lint: there is no rule {name!r}; choose from {', '.join(known)}")
    names = [name for name in known if (not only or name in only) and name not in without]
    return {name: feature(RULES, name, Rule)() for name in names}  # type: ignore[type-abstract]


def check_files(paths: Iterable[Path], rules: Mapping[str, Rule]) -> Checked:
    """Read and check files; each is walked through with the siblings that it imports."""
    unreadable: list[str] = []
    modules = []
    for path in paths:
        try:
            modules.append(read_module(path))
        except Unreadable as error:
            unreadable.append(str(error))
    checked = check_modules(modules, rules)
    checked.unreadable += unreadable
    checked.files = len(modules) + len(unreadable)
    return checked


def check_modules(modules: Sequence[Module], rules: Mapping[str, Rule]) -> Checked:
    """Check parsed modules together; findings in siblings that they import are among them."""
    checked = Checked(files=len(modules))
    known = {_identity(module.path): module for module in modules}
    collector = _Collector(rules)

    def load(path: str) -> Module | None:
        identity = _identity(path)
        if identity not in known:
            try:
                known[identity] = read_module(Path(path))
            except Unreadable:
                return None
        return known[identity]

    interpreter = Interpreter(collector.show, collector.wanted, load)
    interpreter.modules(modules)
    checked.unreadable += [
        f"{path}: nested too deeply: not all of it was read" for path in sorted(interpreter.too_deep)
    ]
    marks = {module.path: ignored(module.text.text) for module in known.values()}
    for module in modules:
        for line, name in unknown_names(marks[module.path], discover.names(RULES)):
            checked.remarks.append(f"{module.path}:{line}: ignores {name!r}, and there is no such rule")
    checked.findings += [one for one in collector.findings() if not _is_ignored(one, marks.get(one.path, {}))]
    return checked


def _identity(path: str) -> str:
    return os.path.realpath(path)


def _is_ignored(finding: Finding, marks: Mapping[int, frozenset[str]]) -> bool:
    lines = range(finding.region[0], finding.region[2] + 1)
    return any(not marks.get(line, frozenset()).isdisjoint({finding.rule, EVERYTHING}) for line in lines)


def is_wrapper(operation: Operation) -> bool:
    """Whether it is done in a function that is named for it: a library's own `sqrt` is as unguarded as any."""
    return names.operation(operation.context.function.strip("_")) == operation.name


class _Collector:
    """Shows operations to the rules that want them, and keeps what they object to, once."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._rules = rules
        self._by_operation: dict[str, list[tuple[str, Rule]]] = {}
        for name, rule in rules.items():
            for operation in rule.operations:
                self._by_operation.setdefault(operation, []).append((name, rule))
        self.wanted = frozenset(self._by_operation)
        self._faults: dict[tuple[str, int], tuple[Finding, object]] = {}
        self._replaced: dict[int, set[str]] = {}

    def show(self, operation: Operation) -> None:
        """Let the rules look at an operation."""
        if is_wrapper(operation):
            return
        for name, rule in self._by_operation[operation.name]:
            for fault in rule.look(operation):
                self._keep(name, rule, operation, fault)
            for trace in rule.excuses(operation):
                self._replaced.setdefault(id(trace.node), set()).add("")

    def _keep(self, name: str, rule: Rule, operation: Operation, fault: Fault) -> None:
        at = fault.at or operation.trace
        node = at.node
        for trace in fault.instead_of:
            self._replaced.setdefault(id(trace.node), set()).add(name)
        key = (name, id(node))
        if key in self._faults:
            return
        path, text, function = at.site
        region = text.region(node)
        finding = Finding(
            name, fault.cause or rule.cause, rule.also if fault.also is None else fault.also, path, region, function,
            text.line(region[0]), fault.message, fault.fix,
        )  # fmt: skip
        self._faults[key] = (finding, node)

    def findings(self) -> Iterator[Finding]:
        """What is left when those are gone that others say better, in the order of the source."""
        left = []
        for (name, identity), (finding, _) in self._faults.items():
            if not self._replaced.get(identity, set()) - {name}:
                left.append(finding)
        yield from sorted(left, key=lambda one: (one.path, one.region, one.rule))
