from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from steadystyle.core import discover
from steadystyle.core.errors import SettingsError

CLASS_IN_FILE = """
from fruit_contract import Fruit as Fruit

class {name}(Fruit):
    ...

class _Machinery(Fruit):
    ...
"""


@pytest.fixture
def fruits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type]:
    """A package `garden.fruits` where one class a file keeps the contract `Fruit`; discovery looks there."""
    core, folder = tmp_path / "garden" / "core", tmp_path / "garden" / "fruits"
    core.mkdir(parents=True)
    folder.mkdir()
    (tmp_path / "fruit_contract.py").write_text("class Fruit:\n    ...\n")
    for file, name in {"apple.py": "Apple", "blood_orange.py": "BloodOrange"}.items():
        (folder / file).write_text(CLASS_IN_FILE.format(name=name))
    (folder / "two.py").write_text(CLASS_IN_FILE.format(name="First") + CLASS_IN_FILE.format(name="Second"))
    (folder / "broken.py").write_text("raise RuntimeError('only when it is asked for')")
    (folder / "_peel.py").write_text("")
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(discover, "__file__", str(core / "discover.py"))
    yield importlib.import_module("fruit_contract").Fruit
    for module in [name for name in sys.modules if name.startswith(("garden", "fruit_contract"))]:
        del sys.modules[module]


@pytest.mark.usefixtures("fruits")
def test_names_are_the_files_and_import_nothing() -> None:
    """Each file is a feature named like it, machinery is none, and no file is run to find that out."""
    assert discover.names("garden.fruits") == ("apple", "blood-orange", "broken", "two")
    assert not any(name.startswith("garden") for name in sys.modules)


def test_a_folder_that_does_not_exist_has_no_features() -> None:
    """A plural folder that is not built yet is empty, not an error."""
    assert discover.names("steadystyle.no_such_folder") == ()


def test_a_feature_is_its_files_one_class(fruits: type) -> None:
    """Asked for by its hyphenated name, a feature is the class of its file that keeps the contract."""
    found: type = discover.feature("garden.fruits", "blood-orange", fruits)
    assert found.__name__ == "BloodOrange"
    assert issubclass(found, fruits)


def test_an_unknown_feature_is_answered_with_the_known_ones(fruits: type) -> None:
    """A misspelt feature raises one line that names what there is."""
    with pytest.raises(SettingsError, match="fruits: no 'aple'; choose from apple, blood-orange, broken, two"):
        discover.feature("garden.fruits", "aple", fruits)


def test_two_classes_in_one_file_are_a_mistake(fruits: type) -> None:
    """One file is one feature: a second public class is reported to its author."""
    with pytest.raises(LookupError, match="two holds 2 public subclasses of Fruit"):
        discover.feature("garden.fruits", "two", fruits)
