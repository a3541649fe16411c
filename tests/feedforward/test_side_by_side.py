"""Training on several devices is the same training."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core.errors import SettingsError
from steadystyle.feedforward.side_by_side import devices_for, side_by_side
from steadystyle.images.save import save_image

ROOT = Path(__file__).parents[2]


def test_parts_make_the_whole() -> None:
    """Also where pictures cannot be shared equally, or are fewer than devices; each part is on its device."""
    images, shares = tf.random.stateless_normal([5, 2, 2, 3], [1, 2]), tf.ones([5, 1])
    seen: list[int] = []

    def measure(one: tf.Tensor, its: tf.Tensor, share: float) -> Any:
        seen.append(one.shape[0])
        assert one.shape[0] == its.shape[0]
        value = share * tf.reduce_mean(one)
        return {"loss": value}, [2 * value, tf.fill([3], value)]

    for count, sizes in ((1, [5]), (2, [3, 2]), (3, [2, 2, 1]), (8, [1] * 5)):
        seen.clear()
        terms, gradients = side_by_side(measure, images, shares, ["CPU:0"] * count)
        assert seen == sizes
        mean = tf.reduce_mean(images).numpy()
        np.testing.assert_allclose(terms["loss"], mean, rtol=1e-5)
        np.testing.assert_allclose(gradients[0], 2 * mean, rtol=1e-5)
        np.testing.assert_allclose(gradients[1], [mean] * 3, rtol=1e-5)


def test_devices_are_those_that_are_there() -> None:
    """All of them unless told otherwise; more cannot be had."""
    there = devices_for(None)
    assert len(there) >= 1
    assert devices_for(1) == there[:1]
    with pytest.raises(SettingsError, match="got 1000, there are"):
        devices_for(1000)


def test_two_devices_learn_as_one_does(tmp_path: Path) -> None:
    """Two virtual processors: the same losses at each step, and a NaN that only the second one sees is undone."""
    generator = np.random.default_rng(1)
    for number in range(3):
        save_image(tmp_path / f"{number}.png", generator.random((40, 40, 3), np.float32))
    command = [sys.executable, "-m", "tests.feedforward.training_on_two", str(tmp_path)]
    environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=110, env=environment, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    found = json.loads(ended.stdout)
    one, two = found["1"], found["2"]
    np.testing.assert_allclose(two["losses"], one["losses"], rtol=1e-4)
    np.testing.assert_allclose(two["validation"], one["validation"], rtol=1e-4)
    assert one["events"] == two["events"] == [[2, "nonfinite-input"]]
