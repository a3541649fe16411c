"""What a report should know about a run besides its numbers."""

from __future__ import annotations

import builtins
import hashlib
import json
import sys
from typing import Any

import numpy as np
import pytest

import steadystyle
from steadystyle.transfer.facts import gather_facts, hashes, peak_memory
from tests import hostile


def test_facts_are_plain_and_name_the_versions() -> None:
    """They go through JSON unchanged, and say what computed the picture."""
    found = gather_facts("float32", hashes(hostile.noise(), [hostile.black()]), 1.5)
    assert json.loads(json.dumps(found)) == found
    assert found["versions"]["steadystyle"] == steadystyle.__version__
    assert found["versions"]["numpy"] == np.__version__
    assert found["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert (found["precision"], found["seconds"]) == ("float32", 1.5)


def test_pictures_are_known_by_their_hash() -> None:
    """The same picture has the same hash, in whatever order it lies in memory; another has another."""
    picture = hostile.noise()
    found = hashes(picture, [np.asfortranarray(picture), picture[:, ::-1]])
    assert found["content"] == hashlib.sha256(picture.tobytes()).hexdigest()
    assert found["styles"][0] == found["content"] != found["styles"][1]


def test_peak_memory_is_in_bytes() -> None:
    """More than a picture that is there, less than a terabyte; it never falls."""
    before = peak_memory()
    if before is None:
        pytest.skip("this system does not tell")
    kept = np.ones(60_000_000, np.uint8)
    after = peak_memory()
    assert after is not None
    assert kept.nbytes < after < 10**12
    assert after >= before


def test_a_system_that_does_not_tell_its_memory_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no `resource`: the fact is unknown, the run goes on."""
    original = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "resource":
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert peak_memory() is None


@pytest.mark.parametrize(("platform", "expected"), [("darwin", 1000), ("linux", 1_024_000)])
def test_units_differ_between_systems(platform: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS tells bytes, Linux kilobytes."""
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(resource, "getrusage", lambda who: type("Usage", (), {"ru_maxrss": 1000}))
    assert peak_memory() == expected
