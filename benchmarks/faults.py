"""The matrix of injected faults: how each of them ended."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from benchmarks.options import Options
from steadystyle.apps.cli.tensorflow_quietly import import_tensorflow

TITLE = "Injected faults"
ENDINGS = ("did no harm", "was repaired", "ended closed, best picture kept", "was refused in one line", "went wrong")
GROUPS = {
    "content": "content pixels", "resized content": "content pixels", "style 1": "style pixels",
    "resized style 1": "style pixels", "start": "starting picture", "weights": "weights of the network",
    "target of content": "targets", "target of style": "targets", "term content": "terms and loss",
    "term style": "terms and loss", "term total-variation": "terms and loss", "loss": "terms and loss",
}  # fmt: skip
"""What is one row of the table; layers and pools are two more, every other place is a row of its own."""


def measure(options: Options) -> dict[str, Any]:
    """Every combination of which two values meet for the first time, and some drawn at random."""
    import_tensorflow()
    from steadystyle.backbones.compact import OWN_WEIGHTS
    from tests.transfer import fault_runs, test_faults

    cases = [*enumerate(test_faults.PAIRS), *test_faults.at_random(options.amount(test_faults.REST, 2))]
    if options.quick:
        cases = [*cases[:2], *cases[-2:]]
    cases.sort(key=lambda case: case[1][0])  # runs of a kind one after another: they share their graphs
    found = []
    for number, (seed, (of, fault)) in enumerate(cases, 1):
        ended = fault_runs.summed_up(of, OWN_WEIGHTS, fault, seed=seed)
        found.append({**of._asdict(), **fault._asdict(), "value": str(fault.value), **ended._asdict()})
        if number % 25 == 0 or ended.went_wrong:
            print(f"  {number} of {len(cases)}: {test_faults.named((of, fault))}: {_ending(found[-1])}", flush=True)
    return {"tolerance": fault_runs.TOLERANCE, "faults": found}


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    rows: dict[tuple[str, bool], list[dict[str, Any]]] = defaultdict(list)
    for one in figures["faults"]:
        rows[_group(one["point"]), one["lasting"]].append(one)
    everything = figures["faults"]
    once = [one["ratio"] for one in everything if not one["lasting"] and one["ratio"] is not None]
    wrong = sum(_ending(one) == "went wrong" for one in everything)
    return [
        f"{len(everything):,} runs through two scales on a picture of a few pixels, each with one fault put in: a "
        "value (NaN, ±infinity, ±1e38, 65505, 1e-45, 0), in one element, one channel, a tenth or all of what is made "
        "at a place, at one of six times, once or from then on; with every optimizer, precision, style loss and "
        "pooling, by graph and operation by operation. Every two of these meet. Wrong is: an ending that is not "
        "documented, a picture that is not finite, flat or of another size, a fault that nobody is told of, a loss "
        "that is not the picture's own, or, after a fault that came once, one more than "
        f"{figures['tolerance']:g} times that of the clean run.",
        "",
        f"| put into | how often | runs | {' | '.join(ENDINGS)} |",
        f"|---|---|---:|{'---:|' * len(ENDINGS)}",
        *(_row(place, "from then on" if lasting else "once", ones) for (place, lasting), ones in sorted(rows.items())),
        _row("**all**", "", everything),
        "",
        f"After a fault that came once the loss is at most {max(once, default=1.0):.3f} times that of the clean run "
        f"({wrong} went wrong).",
    ]


def _row(place: str, often: str, ones: list[dict[str, Any]]) -> str:
    counted = Counter(map(_ending, ones))
    return f"| {place} | {often} | {len(ones)} | {' | '.join(str(counted[ending]) for ending in ENDINGS)} |"


def _group(point: str) -> str:
    if point.startswith(("relu", "pool")):
        return "layers" if point.startswith("relu") else "pools"
    return GROUPS.get(point, point)


def _ending(one: dict[str, Any]) -> str:
    if one["went_wrong"]:
        return "went wrong"
    if one["refused"]:
        return "was refused in one line"
    if one["gave_up"]:
        return "ended closed, best picture kept"
    return "was repaired" if one["events"] else "did no harm"
