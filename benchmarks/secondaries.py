"""The CPU time of a statement by the number of secondary clusters, in one or more trees.

    python benchmarks/secondaries.py TREE [TREE ...] --rounds 3

Each TREE is a folder that holds a package `aurosim`. A global database with 150 transactions of
writes a second has 1 to 10 secondaries with a reader each. A round plays them in every tree, one
after the other, in a process that has run one before. Printed are the medians of the rounds: CPU
time of `aurosim.run` by statement, the slope of its logarithm on that of the number of secondaries
(1 is linear), and what a secondary adds from one number to the next.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import linear_regression, median

REGIONS = (
    "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "eu-west-1", "eu-west-2", "eu-central-1",
    "ap-northeast-1", "ap-southeast-1", "sa-east-1",
)  # fmt: skip
COUNTS = (1, 2, 4, 7, 10)
PRIMARY = """
name: secondaries
question: What does a statement cost with so many secondaries?
run: {duration: 60 s, warm_up: 1 s}
workload:
  - name: orders
    arrivals: {rate: 150/s}
    client: {pool: 40}
    transaction: sysbench-oltp-write-only
clusters:
  - {name: primary, engine: aurora-mysql, region: us-east-1, writer: {class: db.r6g.large}}
"""
SECONDARY = """\
  - name: second-{n}
    engine: aurora-mysql
    region: {region}
    readers: {{count: 1, class: db.r6g.large}}
"""
BY_STATEMENT = """
import json, sys, time
import aurosim
aurosim.run(sys.argv[1])
spent = []
for file in sys.argv[1:]:
    seen = []
    before = time.process_time()
    aurosim.run(file, progress=seen.append)
    spent.append((time.process_time() - before) / seen[-1].statements)
print(json.dumps(spent))
"""


def scenario(secondaries: int) -> str:
    """A global database of so many secondaries."""
    texts = [
        SECONDARY.format(n=n, region=region)
        for n, region in enumerate(REGIONS[:secondaries], start=1)
    ]
    return PRIMARY + "".join(texts)


def by_statement(tree: Path, files: list[Path]) -> list[float]:
    """CPU seconds by statement of each file's run."""
    done = subprocess.run(
        [sys.executable, "-c", BY_STATEMENT, *map(str, files)],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(tree.resolve())}, cwd="/",
    )  # fmt: skip
    spent: list[float] = json.loads(done.stdout)
    return spent


def slope(spent: list[float]) -> float:
    """By which power of the number of secondaries a statement's CPU time grows."""
    found = linear_regression([math.log(n) for n in COUNTS], [math.log(each) for each in spent])
    return found.slope


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("trees", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    rounds: dict[Path, list[list[float]]] = {tree: [] for tree in asked.trees}
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch, f"secondaries-{count}.yaml") for count in COUNTS]
        for file, count in zip(files, COUNTS, strict=True):
            file.write_text(scenario(count), encoding="utf-8")
        for number in range(asked.rounds):
            for tree in asked.trees[:: -1 if number % 2 else 1]:
                rounds[tree].append(by_statement(tree, files))
    print("| tree |" + "".join(f" {count}, us |" for count in COUNTS) + " slope |")
    print("|---|" + "--:|" * (len(COUNTS) + 1))
    for tree, found in rounds.items():
        spent = [median(each) for each in zip(*found, strict=True)]
        cells = "".join(f" {each * 1e6:.2f} |" for each in spent)
        print(f"| {tree.resolve().name} |{cells} {median(map(slope, found)):.2f} |")
        steps = zip(COUNTS, spent, COUNTS[1:], spent[1:], strict=False)
        added = [f"{(after - before) * 1e6 / (b - a):.2f}" for a, before, b, after in steps]
        print(f"{tree.resolve().name}: a secondary adds {', '.join(added)} us", file=sys.stderr)


if __name__ == "__main__":
    main()
