from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from benchmarks.rivals import STYLE_LAYERS, Descent, Tutorial, gram, vgg19


def pictures() -> tuple[tf.Tensor, tf.Tensor]:
    """A content and a style picture, (1, 32, 40, 3)."""
    content, style = np.random.default_rng(0).random((2, 1, 32, 40, 3), dtype=np.float32)
    return tf.constant(content), tf.constant(style**3)


def shallow(image: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """Features without a network: the pixels at three sizes."""
    pooled = [tf.nn.avg_pool2d(image, size, size, "VALID") for size in (1, 2, 4)]
    return pooled[-1], pooled


def test_the_tutorials_method_lowers_its_loss_inside_the_bounds() -> None:
    """After twenty steps its loss is lower, and every pixel finite and in [0, 1]."""
    content, style = pictures()
    method = Tutorial(shallow, content, style)
    losses = [float(method.step()) for _ in range(20)]
    assert losses[-1] < 0.9 * losses[0]
    picture = method.descent.image.numpy()
    assert np.isfinite(picture).all()
    assert picture.min() >= 0
    assert picture.max() <= 1


def test_the_loss_is_the_tutorials() -> None:
    """At the content picture there is no content loss: what is left is style and total variation, by hand."""
    content, style = pictures()
    by_hand = 30.0 * float(tf.image.total_variation(content)[0])
    for ours, target in zip(shallow(content)[1], shallow(style)[1], strict=True):
        matrices = [
            np.einsum("bijc,bijd->cd", x, x) / (x.shape[1] * x.shape[2]) for x in (ours.numpy(), target.numpy())
        ]
        by_hand += 1e-2 / 3 * float(np.mean((matrices[0] - matrices[1]) ** 2))
    assert float(Tutorial(shallow, content, style).loss(content)) == pytest.approx(by_hand, rel=1e-4)


def test_the_content_loss_counts_ten_thousandfold() -> None:
    """A picture of the same style, place by place another, costs 1e4 times the mean square of its features' error."""
    content, _ = pictures()
    moved = tf.roll(content, 8, axis=2)
    method = Tutorial(shallow, content, moved)
    error = float(tf.reduce_mean((shallow(moved)[0] - shallow(content)[0]) ** 2))
    variation = 30.0 * float(tf.image.total_variation(moved)[0])
    assert float(method.loss(moved)) - variation == pytest.approx(1e4 * error, rel=1e-3)


def test_a_descent_takes_adams_step_and_clips() -> None:
    """The first step has the length of the learning rate where there is a gradient, and ends at the bounds."""
    descent = Descent(tf.constant([[[[0.0, 0.5, 1.0]]]]))
    descent.move(tf.constant([[[[1e6, -1e6, 0.0]]]]))
    np.testing.assert_allclose(descent.image.numpy().ravel(), [0.0, 0.52, 1.0], atol=1e-4)


def test_the_random_network_keeps_its_activations_finite_and_alive() -> None:
    """Random VGG-19 features have the tutorial's layers and channels, and neither vanish nor explode with depth."""
    content, styles = vgg19()(pictures()[0])
    assert [features.shape[-1] for features in styles] == [64, 128, 256, 512, 512]
    assert len(styles) == len(STYLE_LAYERS)
    for features in (content, *styles):
        root_mean_square = float(tf.sqrt(tf.reduce_mean(features**2)))
        assert 1.0 < root_mean_square < 1e4


def test_a_gram_matrix_is_the_mean_over_places() -> None:
    """Twice the places with the same features give the same matrix."""
    once = pictures()[0]
    twice = tf.concat([once, once], axis=1)
    np.testing.assert_allclose(gram(once), gram(twice), rtol=1e-5)
