"""One name for each operation, whatever library it is called through."""

from __future__ import annotations

ALIASES = {
    "absolute": "abs", "amax": "max", "amin": "min", "arccos": "acos", "arcsin": "asin", "array": "constant",
    "asarray": "constant", "clip_by_value": "clip", "convert_to_tensor": "constant", "cast_to_floatx": "identity",
    "det": "logdet", "div": "divide", "fabs": "abs", "isfinite": "is_finite", "isinf": "is_inf", "isnan": "is_nan",
    "Variable": "variable", "logsumexp": "logsumexp", "max": "max", "mul": "multiply", "negative": "neg",
    "power": "pow", "random_uniform": "uniform", "random_normal": "normal", "realdiv": "divide",
    "reduce_euclidean_norm": "norm", "reduce_logsumexp": "logsumexp", "reduce_max": "max", "reduce_mean": "mean",
    "average": "mean", "reduce_min": "min", "reduce_prod": "prod", "reduce_std": "std", "reduce_sum": "sum",
    "reduce_variance": "variance", "slogdet": "logdet", "stateless_normal": "normal", "stateless_uniform": "uniform",
    "stateless_truncated_normal": "normal", "truncated_normal": "normal", "sub": "subtract", "true_divide": "divide",
    "truediv": "divide", "var": "variance", "where_v2": "where", "batch_dot": "matmul", "dot": "matmul",
    "standard_normal": "normal", "randn": "normal", "rand": "uniform", "random": "uniform", "randint": "integers",
    "expand_dims": "reshape", "squeeze": "reshape", "ensure_shape": "reshape", "stop_gradient": "identity",
    "log_sigmoid": "log_sigmoid", "eigvals": "eigvalsh", "matrix_inverse": "inv", "pinv": "identity",
    "matmul": "matmul", "tensordot": "matmul", "l2_normalize": "l2_normalize", "normalize": "normalize",
    "saturate_cast": "saturate_cast", "to_float": "cast", "astype": "cast", "cond": "cond",
}  # fmt: skip

TENSOR_LIBRARIES = ("tensorflow.", "keras.ops.", "keras.backend.", "keras.activations.", "keras.random.")
NO_OPERATIONS = ("tensorflow.data.", "tensorflow.train.", "tensorflow.config.", "tensorflow.distribute.")


def normalised(dotted: str) -> str:
    """A dotted name without the detours: `tensorflow.keras`, `tf_keras` are `keras`, `compat.v1` is nothing."""
    for prefix in ("tensorflow.compat.v1.", "tensorflow.compat.v2.", "tensorflow.python."):
        if dotted.startswith(prefix):
            dotted = "tensorflow." + dotted.removeprefix(prefix)
    for prefix in ("tensorflow.keras", "tf_keras", "keras.api", "keras.src"):
        if dotted == prefix or dotted.startswith(prefix + "."):
            dotted = "keras" + dotted.removeprefix(prefix)
    if dotted.startswith("tensorflow.optimizers."):
        dotted = "keras." + dotted.removeprefix("tensorflow.")
    return dotted


def library(dotted: str) -> str:
    """What a function of this name computes with: "tensor", "array", "number", or "" for no operation."""
    if dotted.startswith(TENSOR_LIBRARIES) and not dotted.startswith(NO_OPERATIONS):
        return "tensor"
    if dotted.startswith("numpy."):
        return "array"
    return "number" if dotted.startswith("math.") else ""


def operation(dotted: str) -> str:
    """The one name of an operation."""
    last = dotted.rpartition(".")[2]
    return ALIASES.get(last, last)
