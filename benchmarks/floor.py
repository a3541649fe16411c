"""How near a gradient evaluation is to what the processor can do: its arithmetic, beside a large matrix product's."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.alternating import alternate, seconds_of
from benchmarks.arithmetic import Arithmetic
from benchmarks.options import Options
from benchmarks.problems import pairs
from steadystyle.apps.cli.tensorflow_quietly import import_tensorflow
from steadystyle.core.precision import BFLOAT16_FLAGS, processor_flags

TITLE = "How near the floor"
SIZE, QUICK_SIZE = 1024, 96
PRODUCT_SIDE, QUICK_PRODUCT_SIDE = 4096, 256
OURS, PLAIN, PRODUCT = "SteadyStyle", "plain loop", "matrix product"


def measure(options: Options) -> dict[str, Any]:
    """Time the traced measure, a plain loop through the same network and a matrix product, alternating."""
    import_tensorflow()
    from benchmarks.floor_tasks import tasks_of  # loads TensorFlow: not for making the table

    size = options.amount(SIZE, QUICK_SIZE)
    side = options.amount(PRODUCT_SIDE, QUICK_PRODUCT_SIDE)
    with tempfile.TemporaryDirectory() as name:
        pair = pairs(Path(name))[0]
        precisions = ["float32", *(["bfloat16"] if BFLOAT16_FLAGS & processor_flags() else [])]
        tasks: dict[str, Callable[[], object]] = {}
        for precision in precisions:
            found, arithmetic, dimensions = tasks_of(pair, precision, options, size, side)
            tasks |= {f"{task}, {precision}": run for task, run in found.items()}
    competitors = {name: lambda run=run: seconds_of(run) for name, run in tasks.items()}
    seconds = alternate(competitors, options.amount(9, 2), warm_up=2)
    return {
        "pair": pair.name,
        "size": dimensions,
        "product_side": side,
        "forward": arithmetic._asdict(),
        "precisions": {
            precision: compared(
                {task: seconds[f"{task}, {precision}"] for task in (OURS, PLAIN, PRODUCT)}, arithmetic, side
            )
            for precision in precisions
        },
    }


def compared(seconds: dict[str, dict[str, Any]], arithmetic: Arithmetic, side: int) -> dict[str, Any]:
    """Operations per second of each, and how the first compares with the others, by the median seconds."""
    operations = {
        OURS: arithmetic.with_gradient,
        PLAIN: Arithmetic(arithmetic.convolutions).with_gradient,
        PRODUCT: 2 * side**3,
    }
    rates = {task: operations[task] / seconds[task]["median"] for task in seconds}
    floor = operations[OURS] / rates[PRODUCT]
    return {
        "seconds": seconds,
        "operations": operations,
        "operations_per_second": rates,
        "share_of_product": {task: rate / rates[PRODUCT] for task, rate in rates.items()},
        "floor_seconds": floor,
        "times_plain": seconds[OURS]["median"] / seconds[PLAIN]["median"],
        "times_floor": seconds[OURS]["median"] / floor,
    }


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    forward = figures["forward"]
    whole = Arithmetic(**forward).with_gradient
    parts = ", ".join(f"{name} {2 * count / whole:.0%}" for name, count in forward.items())
    side = figures["product_side"]
    lines = [
        f"One gradient evaluation at {figures['size']} ({figures['pair']}) is {whole / 1e9:,.1f} GFLOP, counted",
        f"from the shapes of the compact network's kernels, forward and back to the pixels ({parts}).",
        "The plain loop is the same convolutions padded with zeros, with bias, ReLU, pooling and a tape, but without",
        f"metrics, Gram matrices, losses and watching; the product is of two {side:,}x{side:,} matrices in the same",
        "precision (our Gram matrices are in float32 always). The floor is our arithmetic at the product's rate: what",
        "waits for memory is not in it. Medians of alternating rounds.",
        "",
        "| precision | what | seconds | GFLOP/s | of the product's | our time, times its | our time, times the floor |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for precision, found in figures["precisions"].items():
        for task, seconds in found["seconds"].items():
            rate, share = found["operations_per_second"][task], found["share_of_product"][task]
            plain = f"{found['times_plain']:.2f}" if task == PLAIN else ""
            floor = f"{found['times_floor']:.1f}" if task == OURS else ""
            numbers = f"{seconds['median']:.3f} | {rate / 1e9:,.0f} | {share:.0%}"
            lines.append(f"| {precision} | {task} | {numbers} | {plain} | {floor} |")
    return lines
