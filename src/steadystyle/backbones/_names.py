"""Layer names: people say `relu4_2`, Keras says `block4_conv2`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from steadystyle.core.contracts import Sight
from steadystyle.core.errors import SettingsError


def literature_name(layer: str) -> str:
    """`relu4_2` for `relu4_2`, `conv4_2` or `block4_conv2`; any other name as it is."""
    match = re.fullmatch(r"(?:relu|conv)(\d)_(\d)|block(\d)_conv(\d)", layer)
    if match is None:
        return layer
    block, index = (part for part in match.groups() if part is not None)
    return f"relu{block}_{index}"


def checked(wanted: Sequence[str], available: Sequence[str], network: str) -> tuple[str, ...]:
    """`wanted` as the literature names them.

    Raises:
        SettingsError: `network` has no such layer.
    """
    layers = tuple(literature_name(layer) for layer in wanted)
    pools = {pool_before(layer) for layer in available}
    for given, layer in zip(wanted, layers, strict=True):
        if layer not in available and layer not in pools:
            raise SettingsError(f"{network}: no layer {given!r}; choose from {', '.join(available)}")
    return layers


def as_asked(features: Mapping[str, Any], wanted: Sequence[str]) -> dict[str, Any]:
    """`features`, which the literature's names lead to, under the names that were asked for."""
    return {layer: features[literature_name(layer)] for layer in wanted}


def pool_before(layer: str) -> str | None:
    """`pool1` for `relu2_1`: the pooling that a layer of a stack reads; None for one that reads no pooling."""
    match = re.fullmatch(r"relu(\d)_1", literature_name(layer))
    return f"pool{int(match[1]) - 1}" if match is not None and match[1] != "1" else None


def stack_layers(blocks: Sequence[int]) -> tuple[str, ...]:
    """The names of a stack's layers from shallow to deep."""
    return tuple(f"relu{block}_{index}" for block, count in enumerate(blocks, 1) for index in range(1, count + 1))


def stack_sight(layer: str, blocks: Sequence[int], network: str) -> Sight:
    """Where places of a layer or a pool lie: each convolution sees one further, each pool doubles what one covers."""
    (name,) = checked([layer], stack_layers(blocks), network)
    block, index = (int(name[4]) + 1, 0) if name.startswith("pool") else (int(name[4]), int(name[6:]))
    before = sum(count * 2**number for number, count in enumerate(blocks[: block - 1]))
    return Sight(2 ** (block - 1), before + index * 2 ** (block - 1))
