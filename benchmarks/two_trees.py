"""The CPU time of a statement or an event in two versions of aurosim, alternated.

    python benchmarks/two_trees.py OLD NEW --rounds 12 --seconds 5
    python benchmarks/two_trees.py OLD NEW --planes reference simpy --by event

OLD and NEW are folders that hold a package `aurosim` (an unpacked wheel, a checked-out tree). Each
round runs `aurosim bench` on both, one after the other in turns; the ratio of a round is new by
old. Printed: for each flow and over all, the median ratio and a 95 % interval of it by order
statistics. Other work on the machine makes rounds differ; it hits both of a round alike.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from math import comb
from pathlib import Path
from statistics import median


def measured(tree: Path, plane: str, seconds: float, by: str) -> dict[str, float]:
    """CPU nanoseconds by statement (or event) of each flow of `aurosim bench`."""
    command = [sys.executable, "-m", "aurosim", "bench", "--json", "--plane", plane]
    done = subprocess.run(
        [*command, "--seconds", str(seconds)], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(tree.resolve())}, cwd="/",
    )  # fmt: skip
    return {
        run["scenario"]: run["cpu_s"] * 1e9 / (run[f"{by}s_per_s"] * run["wall_s"])
        for run in json.loads(done.stdout)["runs"]
    }


def interval(values: list[float]) -> tuple[float, float]:
    """A 95 % interval of the median: the order statistics that a fair coin seldom passes."""
    ordered, n = sorted(values), len(values)
    cut, below = 0, 0.0
    while below + comb(n, cut) / 2**n <= 0.025:
        below += comb(n, cut) / 2**n
        cut += 1
    return ordered[max(cut - 1, 0)], ordered[n - max(cut, 1)]


def main() -> None:
    """Measure in turns and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--planes", nargs=2, default=["kernel", "compiled"], metavar="PLANE")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--by", choices=["statement", "event"], default="statement")
    asked = parser.parse_args()
    sides = list(zip((asked.old, asked.new), asked.planes, strict=True))
    found: list[list[dict[str, float]]] = []
    for number in range(asked.rounds):
        turn = [0, 1] if number % 2 == 0 else [1, 0]
        by_side = {side: measured(*sides[side], asked.seconds, asked.by) for side in turn}
        found.append([by_side[0], by_side[1]])
        print(number, {k: round(by_side[1][k] / v, 3) for k, v in by_side[0].items()}, flush=True)
    print(f"\n| flow | old, ns by {asked.by} | new | median ratio | 95 % |\n|---|--:|--:|--:|---|")
    for flow in found[0][0]:
        old, new = ([each[side][flow] for each in found] for side in (0, 1))
        show(flow, old, new, [b / a for a, b in zip(old, new, strict=True)])
    means = [[sum(each[side].values()) for each in found] for side in (0, 1)]
    show("all", *means, [b / a for a, b in zip(*means, strict=True)])


def show(flow: str, old: list[float], new: list[float], ratios: list[float]) -> None:
    """A line of the table."""
    low, high = interval(ratios)
    print(
        f"| {flow} | {median(old):,.0f} | {median(new):,.0f} | {median(ratios):.3f}"
        f" | {low:.3f} to {high:.3f} |"
    )


if __name__ == "__main__":
    main()
