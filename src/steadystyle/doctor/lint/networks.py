"""Layers and networks: what they are made of, and what is put into them."""

from __future__ import annotations

import ast

from steadystyle.doctor.lint.arguments import Arguments
from steadystyle.doctor.lint.facts import TENSOR, UNKNOWN, Facts
from steadystyle.doctor.lint.functions import Keywords, Nodes
from steadystyle.doctor.lint.operations import Operations
from steadystyle.doctor.lint.transfer import result_of

SCALING_LAYERS = {
    "Rescaling", "Normalization", "BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization",
}  # fmt: skip


class Networks(Operations):
    """Walks through the making and calling of networks."""

    def layer(self, last: str, given: Arguments) -> Facts:
        """What a layer is."""
        if last == "Sequential":
            layers = [part for _, part in given.first.parts]
            marks = frozenset().union(*(layer.marks for layer in layers)) if layers else frozenset()
            return self.network(marks, layers[-1] if layers else UNKNOWN)
        activation = given.named.get("activation", given.get(1) if last == "Dense" else UNKNOWN)
        scales = {"scales"} if last in SCALING_LAYERS else set()
        dtype = "float16" if self.frame.context.half and "dtype" not in given.named else ""
        return Facts("layer", target=(last, str(activation.target)), marks=frozenset(scales), dtype=dtype)

    def network(self, marks: frozenset[str], last: Facts = UNKNOWN) -> Facts:
        """What a network is."""
        scales = {"scales"} if self.frame.module.words & SCALING_LAYERS else set()
        return Facts(
            "network", marks=frozenset(scales) | marks & {"scales", "pretrained"}, target=last.target, dtype=last.dtype
        )

    def pretrained(
        self, dotted: str, node: ast.Call, nodes: Nodes, values: tuple[Facts, ...], keywords: Keywords
    ) -> Facts:
        """What is made or done by `keras.applications`."""
        last = dotted.rpartition(".")[2]
        if last == "preprocess_input":
            family = dotted.split(".")[2]
            result = TENSOR.marked("preprocessed")
            return self.show("preprocess", node, nodes, (Facts("text", target=family), *values), result, keywords)
        if not last[:1].isupper():
            return UNKNOWN
        weights = keywords["weights"][1] if "weights" in keywords else Facts("text", target="imagenet")
        trained = {"pretrained"} if weights.kind != "none" else set()
        return Facts("network", target=last, marks=frozenset(trained))

    def feed(self, callee: Facts, node: ast.Call, nodes: Nodes, values: tuple[Facts, ...], keywords: Keywords) -> Facts:
        """What a layer or network returns."""
        name, activation = callee.target if isinstance(callee.target, tuple) else ("", "")
        result = result_of(activation, Arguments((TENSOR,), {}), "tensor") if activation not in ("", "None") else TENSOR
        if activation in ("None", "linear") and name in ("Dense", "Conv2D"):
            result = result.marked("signed")
        marks = frozenset({"scales"}) if callee.has("scales") else frozenset()
        marks |= values[0].marks & {"symbolic", "scales"} if values else frozenset()
        result = result.but(marks=result.marks | marks, dtype=callee.dtype)
        return self.show("feed", node, (node.func, *nodes), (callee, *values), result, keywords)
