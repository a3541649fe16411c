"""Attributes and entries: what is known of a part of a value."""

from __future__ import annotations

import ast
from typing import Any

from steadystyle.doctor.lint.facts import TINY, UNKNOWN, Facts, joined, number
from steadystyle.doctor.lint.frames import Frames
from steadystyle.doctor.lint.names import normalised
from steadystyle.doctor.lint.program import Class

CONSTANTS = {"numpy.pi": 3.141592653589793, "math.pi": 3.141592653589793, "numpy.e": 2.718281828459045}
EPSILONS = ("eps", "smooth", "tiny", "jitter")


class Members(Frames):
    """Walks through attributes, subscripts and slices."""

    def _Attribute(self, node: ast.Attribute) -> Facts:
        return or_epsilon(self.attribute(self.evaluate(node.value), node.attr), node.attr)

    def attribute(self, owner: Facts, name: str) -> Facts:
        """What is known of an attribute."""
        if owner.kind == "module":
            dotted = normalised(f"{owner.target}.{name}")
            if dotted.endswith((".nan", ".NaN", ".NAN")):
                return Facts("number", marks=frozenset({"nan"}))
            if dotted.endswith((".inf", ".Inf", ".PINF")):
                return Facts("number", marks=frozenset({"inf"}))
            return number(CONSTANTS[dotted]) if dotted in CONSTANTS else Facts("module", target=dotted)
        if owner.kind == "own-module":
            found: Facts = owner.target.scope.find(name)
            return found
        if isinstance(owner.target, Class):
            method = owner.target.method(name) if name not in owner.target.attributes else None
            return Facts("method", target=(owner, method)) if method else owner.target.attribute(name)
        if owner.kind in ("network", "layer"):
            return Facts("", marks=owner.marks & {"pretrained"})
        if owner.kind in ("namespace", "dict", "optimizer"):
            return owner.part(name)
        if name == "shape" and owner.kind in ("tensor", "variable", "array", ""):
            return Facts("tuple", marks=frozenset({"size"}))
        if name in ("T", "real") and owner.kind in ("tensor", "array"):
            return owner
        return Facts("size" if name in ("size", "ndim") else "")

    def _Subscript(self, node: ast.Subscript) -> Facts:
        owner, index = self.evaluate(node.value), self.evaluate(node.slice)
        if owner.kind in ("tensor", "variable", "array"):
            return owner.but(kind="tensor" if owner.numeric else "array")
        if owner.has("size"):
            return Facts("number", 1.0, marks=frozenset({"size"}))
        if owner.kind == "dict":
            return owner.part(index.target) if index.kind == "text" else joined(part for _, part in owner.parts)
        if owner.parts:
            position = index.constant
            keys: dict[Any, Facts] = dict(owner.parts)
            if position is not None and int(position) in keys:
                return keys[int(position)]
            if position is not None and position < 0 and "element" not in keys:
                return keys.get(len(keys) + int(position), UNKNOWN)
            return element_of(owner)
        return UNKNOWN

    def _Slice(self, node: ast.Slice) -> Facts:
        for part in (node.lower, node.upper, node.step):
            self.evaluate(part)
        return UNKNOWN


def or_epsilon(facts: Facts, name: str) -> Facts:
    """What is known, or what the name says where nothing is: an epsilon is small and positive."""
    if facts == UNKNOWN and any(word in name.lower() for word in EPSILONS):
        return Facts("number", TINY, 0.1, True, "float", frozenset({"epsilon"}))
    return facts


def element_of(facts: Facts) -> Facts:
    """What is known of what comes out of a loop over it."""
    if facts.kind in ("tensor", "variable"):
        return facts.but(kind="tensor")
    if facts.kind == "array":
        return facts
    if facts.kind == "dict" and not any(name == "element" for name, _ in facts.parts):
        return UNKNOWN
    element = joined(part for _, part in facts.parts)
    return element.marked("nan-data") if facts.has("nan-data") else element
