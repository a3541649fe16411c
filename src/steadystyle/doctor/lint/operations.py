"""Operations of TensorFlow, Keras and numpy: what they are done with, and what comes out."""

from __future__ import annotations

import ast

from steadystyle.doctor.lint.arguments import Arguments
from steadystyle.doctor.lint.arithmetic import combined
from steadystyle.doctor.lint.facts import TENSOR, UNKNOWN, Facts
from steadystyle.doctor.lint.functions import Functions, Keywords, Nodes
from steadystyle.doctor.lint.transfer import result_of

OPERAND_NAMES = ("x", "x1", "a", "tensor", "input_tensor", "input", "logits", "features", "condition", "t")
"""What libraries call the first operand, where it is given by name."""
COMPARISONS = {
    "greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "logical_and", "logical_or", "logical_not",
}  # fmt: skip
OPERATOR_NAMES = {"add", "subtract", "multiply", "divide", "pow"}


class Operations(Functions):
    """Walks through operations."""

    def operation(
        self, name: str, node: ast.AST, nodes: Nodes, values: tuple[Facts, ...], keywords: Keywords, library: str
    ) -> Facts:
        """What an operation of a library returns; operators that are written as functions are operators."""
        first = next((key for key in OPERAND_NAMES if key in keywords), None) if not nodes else None
        if first is not None:
            nodes, values = (keywords[first][0],), (keywords[first][1],)
            keywords = {key: value for key, value in keywords.items() if key != first}
        named = {key: facts for key, (_, facts) in keywords.items()}
        if name in OPERATOR_NAMES:
            nodes = (*nodes, *(one for one, _ in keywords.values()))[:2]
            values = (*values, *named.values())[:2]
            if len(values) < 2 or any(isinstance(one, ast.Starred) for one in nodes):
                return TENSOR
            left, right = (facts if facts.kind else facts.but(kind="tensor") for facts in values)
            if library == "tensor":
                return self.operator(name, node, nodes[0], nodes[1], left, right).but(kind="tensor")
            return combined(name, left, right, False).but(kind="array")
        if library == "tensor" and name not in ("constant", "variable", "fill"):
            values = tuple(as_tensor(facts) for facts in values)
        given = Arguments(values, named)
        if name in COMPARISONS:
            compared = frozenset(one.id for node_ in nodes for one in ast.walk(node_) if isinstance(one, ast.Name))
            compared = compared.union(*(facts.target for facts in values if isinstance(facts.target, frozenset)))
            return self.show(name, node, nodes, values, result_of(name, given, library).but(target=compared), keywords)
        if name == "cast":
            result = cast(given.first, given.get(1, "dtype"))
        else:
            result = result_of(name, given, library)
            asked = _dtype(given.named.get("dtype", UNKNOWN)) or (
                _dtype(values[1]) if name in ("constant", "zeros", "ones") and len(values) > 1 else ""
            )
            result = result.but(dtype=asked) if asked else result
        if name == "matmul" and result.numeric:
            result = self._gram(node, nodes, values, keywords, result)
        if name == "einsum" and len(nodes) == 3 and ast.dump(nodes[1]) == ast.dump(nodes[2]):
            result = result.marked("raw-gram", "gram", "linear-gram").but(dtype=values[1].dtype)
        if library == "array":
            return self.show(f"numpy.{name}", node, nodes, values, result, keywords)
        return self.show(name, node, nodes, values, result, keywords) if library == "tensor" else result

    def _gram(self, node: ast.AST, nodes: Nodes, values: tuple[Facts, ...], keywords: Keywords, result: Facts) -> Facts:
        """A matrix times its own transpose."""
        if len(nodes) < 2:
            return result
        a, b = nodes[0], nodes[1]
        flags = {"transpose_a", "transpose_b", "adjoint_a", "adjoint_b"} & set(keywords)
        other = self.transposed(b)
        mine = self.transposed(a)
        same = ast.dump(a) == ast.dump(b) and flags
        if same or (other and other == ast.dump(a)) or (mine and mine == ast.dump(b)):
            return result.marked("raw-gram", "gram", "linear-gram")
        return result

    def transposed(self, node: ast.expr) -> str:
        """What a node is the transpose of, as a dump; "" if it is not one."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in (
            "transpose", "matrix_transpose", "permute_dimensions", "swapaxes", "adjoint",
        ):  # fmt: skip
            return ast.dump(node.args[0]) if node.args else ""
        return ""


def as_tensor(facts: Facts) -> Facts:
    """An array that TensorFlow computes with is a tensor."""
    return facts.but(kind="tensor") if facts.kind == "array" else facts


def _dtype(facts: Facts) -> str:
    """The type that an argument names."""
    if facts.kind == "module":
        return str(facts.target).rpartition(".")[2]
    return str(facts.target) if facts.kind == "text" else ""


def cast(x: Facts, to: Facts) -> Facts:
    """What is known of a value in another type."""
    kind = "tensor" if x.kind in ("variable", "number") else x.kind  # of what nothing is known, nothing is known
    dtype = _dtype(to)
    if dtype == "uint8":
        return Facts(kind, 0.0, 255.0, dtype=dtype, marks=x.marks & {"unit", "bytes"}, traces=x.traces)
    low = 0.0 if x.dtype == "bool" else x.low
    high = 1.0 if x.dtype == "bool" else x.high
    if x.has("bytes") and x.dtype == "uint8" and dtype.startswith("float"):
        x = x.marked("cast-of-bytes")
    return x.but(kind=kind, dtype=dtype, low=low, high=high, parts=(), target=None)
