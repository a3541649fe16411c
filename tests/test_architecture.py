"""The law of imports: data walks sideways through the rooms, imports only go down."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import steadystyle
from steadystyle.core import discover, errors

PACKAGE = Path(steadystyle.__file__).parent

ROOMS = {"images", "backbones", "losses", "optimizers", "guard"}
LAW: dict[str, set[str]] = {
    # folder: what it may import
    "core": set(),
    "images": {"core"},
    "backbones": {"core"},
    "losses": {"core"},
    "optimizers": {"core"},
    "guard": {"core"},
    "doctor": {"core"},
    "checkpoint": {"core", "images"},
    "transfer": {"core", "checkpoint", *ROOMS},
    "feedforward": {"core", "checkpoint", *ROOMS},
    "video": {"core", "checkpoint", *ROOMS, "transfer", "feedforward"},
    "cluster": {"core", "checkpoint", *ROOMS, "transfer", "feedforward"},
}
FRONT_PAGE = ""
LAW["apps"] = {*LAW, FRONT_PAGE}

INNER_FOLDERS = {
    "losses/styles",
    "optimizers/clips",
    "optimizers/schedules",
    "feedforward/exports",
    "guard/checks",
    "guard/remedies",
    "apps/cli",
    "apps/cli/commands",
    "apps/page",
    "apps/web",
    "doctor/causes",
    "doctor/experiments",
    "doctor/lint",
    "doctor/lint/rules",
    "doctor/reports",
}

HOME_OF_LIBRARY = {
    "PIL": "images",
    "pillow_heif": "images",
    "cyclopts": "apps",
    "rich": "apps",
    "starlette": "apps",
    "uvicorn": "apps",
}

SAYS_NOTHING = {"base", "common", "helper", "helpers", "misc", "shared", "tools", "util", "utilities", "utils"}

WITHOUT_TENSORFLOW = [
    "steadystyle",
    "steadystyle.core.causes",
    "steadystyle.core.discover",
    "steadystyle.core.errors",
    "steadystyle.core.outcome",
    "steadystyle.core.settings",
    "steadystyle.core.tuned",
    "steadystyle.doctor.diagnose",
    "steadystyle.doctor.lint.check",
    "steadystyle.doctor.reports.json",
    "steadystyle.doctor.reports.sarif",
    "steadystyle.doctor.reports.terminal",
]


def module_name(file: Path) -> str:
    """The dotted name under which `file` is imported."""
    parts = ("steadystyle", *file.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(file): file for file in sorted(PACKAGE.rglob("*.py"))}


def imports(module: str) -> Iterator[str]:
    """Every dotted name that `module` imports, anywhere in its file: at the top, late in a function, only for types."""
    file = MODULES[module]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".") if file.stem == "__init__" else module.split(".")[:-1]
            above = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def room(name: str) -> str:
    """The folder of our package that a dotted name lies in, or its front page."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and (PACKAGE / parts[1]).is_dir() else FRONT_PAGE


def imported_module(name: str) -> str:
    """The module of ours that an imported dotted name is, or is a member of."""
    while name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def loaded_by(code: str, *libraries: str) -> list[str]:
    """Which of `libraries` a fresh Python has loaded after `code`."""
    question = f"import json, sys\n{code}\nprint(json.dumps([name for name in {libraries} if name in sys.modules]))"
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stderr
    loaded: list[str] = json.loads(answer.stdout.splitlines()[-1])
    return loaded


@pytest.mark.parametrize("module", MODULES)
def test_imports_only_go_down(module: str) -> None:
    """A module imports its own room and what the law allows it; of the front page, all may read the version."""
    allowed = LAW.get(room(module), set()) | {room(module)}
    if module in {"steadystyle", "steadystyle.__main__"}:
        allowed = set(LAW)
    for name in imports(module):
        if name.split(".")[0] != "steadystyle":
            continue
        assert room(name) in allowed or name == "steadystyle.__version__", f"{module} may not import {name}"


@pytest.mark.parametrize("module", MODULES)
def test_a_library_stays_in_its_room(module: str) -> None:
    """Pillow is imported in images only, the command line's and the web page's libraries in apps only."""
    for name in imports(module):
        home = HOME_OF_LIBRARY.get(name.split(".")[0])
        assert home in {None, room(module)}, f"{module} imports {name}, which lives in {home}"


def test_no_module_imports_itself_in_a_circle() -> None:
    """There is no import cycle, not even a late or a type-only one."""
    graph = {
        module: {imported_module(name) for name in imports(module) if name.split(".")[0] == "steadystyle"}
        - {"steadystyle"}
        for module in MODULES
        if module != "steadystyle"
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(error.args[1]))


def test_machinery_is_its_own_folders_affair() -> None:
    """A file whose name starts with an underscore is imported from its own folder only."""
    for module in MODULES:
        for name in map(str, imports(module)):
            target = imported_module(name) if name.split(".")[0] == "steadystyle" else ""
            if target.rpartition(".")[2].startswith("_"):
                assert target.rpartition(".")[0] == module.rpartition(".")[0], f"{module} imports {name}"


def test_every_folder_is_in_the_law() -> None:
    """A new folder needs a line in the tables above, and a docstring that says what lives there."""
    folders = {file.parent.relative_to(PACKAGE).as_posix() for file in MODULES.values()} - {"."}
    assert folders <= {*LAW, *INNER_FOLDERS}
    for folder in folders:
        front = PACKAGE / folder / "__init__.py"
        assert front.exists(), f"{folder} has no __init__.py"
        assert ast.get_docstring(ast.parse(front.read_text("utf-8"))), f"{folder}/__init__.py has no docstring"


def test_every_module_is_named_for_what_it_is() -> None:
    """No file or folder has a name that anything could go under."""
    assert not [module for module in MODULES if SAYS_NOTHING & {part.strip("_") for part in module.split(".")}]


@pytest.mark.parametrize("module", WITHOUT_TENSORFLOW)
def test_what_the_doors_need_loads_no_tensorflow(module: str) -> None:
    """The package, its settings, endings and errors are there at once."""
    assert loaded_by(f"import {module}", "tensorflow", "keras") == []


@pytest.mark.parametrize("command", ["", *discover.names("steadystyle.apps.cli.commands")])
def test_help_loads_no_tensorflow(command: str) -> None:
    """Help for the program and for each of its commands is there at once."""
    arguments = [*([command] if command else []), "--help"]
    code = f"from steadystyle.apps.cli.main import main\nassert main({arguments}) == 0"
    assert loaded_by(code, "tensorflow", "keras") == []


@pytest.mark.parametrize("name", steadystyle.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """What the package promises by name it has, and shows to `dir`."""
    assert getattr(steadystyle, name) is not None
    assert name in dir(steadystyle)


def test_every_error_is_public() -> None:
    """Each exception that is raised on purpose can be caught by its name on the front page."""
    for name, error in inspect.getmembers(errors, inspect.isclass):
        if error.__module__ == errors.__name__:
            assert getattr(steadystyle, name) is error


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """A misspelt public name fails like that of any module."""
    with pytest.raises(AttributeError, match="module 'steadystyle' has no attribute 'stilize'"):
        importlib.import_module("steadystyle").stilize  # noqa: B018
