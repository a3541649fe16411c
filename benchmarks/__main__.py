"""All benchmarks with one command: `uv run python -m benchmarks [--quick] [NAMES...]`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks import results
from benchmarks.isolated import FIGURES, NAMES, measure_apart
from benchmarks.machine import describe_machine
from benchmarks.options import QUICK_RESULTS, ROOT, Options

QUICK_SIZE, QUICK_PAIRS = 192, 1


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, measure, and write figures and page."""
    names, options = parse(arguments)
    for name in names:
        print(name, flush=True)
        machine, began = describe_machine(), time.perf_counter()
        figures = measure_apart(name, options)
        weights = options.weights.name if options.weights else None
        record = {"name": name, "quick": options.quick, "weights": weights, "machine": machine, "figures": figures}
        path = results.save(name, record, options.results)
        print(f"  {path} after {time.perf_counter() - began:.0f} s", flush=True)
    print((options.results / results.PAGE).read_text("utf-8"))


def parse(arguments: list[str] | None) -> tuple[list[str], Options]:
    """The benchmarks that were asked for, and how to run them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)} (default: the first {len(FIGURES)})"
    )
    parser.add_argument("--quick", action="store_true", help="only see that everything works; figures mean nothing")
    parser.add_argument(
        "--full", action="store_true", help="all 1,000 steps on VGG-19 for `speed`, both rivals for `steps-to-loss`"
    )
    parser.add_argument("--size", type=int, help=f"longest side in pixels (default: 512, quick: {QUICK_SIZE})")
    parser.add_argument("--pairs", type=int, help=f"how many pairs of pictures (default: all, quick: {QUICK_PAIRS})")
    parser.add_argument("--weights", type=Path, help="of the compact backbone, instead of its own")
    parser.add_argument("--jobs", type=int, default=1, help="scripts of `doctor` at a time (default: 1)")
    parser.add_argument("--largest", type=float, metavar="MEGAPIXELS", help="leave larger pictures out of `sizes`")
    parser.add_argument(
        "--minutes", type=float, help="that `own-network` trains each network (default: 20), or `six-styles` (5)"
    )
    parser.add_argument("--results", type=Path, help="folder (default: benchmarks/results, quick: out/benchmarks)")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in NAMES]
    if unknown:
        parser.error(f"no {', '.join(unknown)}; choose from {', '.join(NAMES)}")
    for name in ("size", "pairs", "jobs"):
        if getattr(given, name) is not None and getattr(given, name) < 1:
            parser.error(f"--{name}: wanted at least 1")
    options = Options(
        results=given.results or (QUICK_RESULTS if given.quick else ROOT / "benchmarks" / "results"),
        size=given.size or (QUICK_SIZE if given.quick else 512),
        quick=given.quick,
        full=given.full,
        pairs=given.pairs or (QUICK_PAIRS if given.quick else None),
        minutes=given.minutes,
        weights=given.weights.resolve() if given.weights else None,
        jobs=given.jobs,
        largest=given.largest,
    )
    return given.names or list(FIGURES), options


if __name__ == "__main__":
    main()
