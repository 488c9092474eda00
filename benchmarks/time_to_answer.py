"""The CPU time of answers in two versions of aurosim, alternated, as ratios.

    python benchmarks/time_to_answer.py OLD NEW --rounds 5
    python benchmarks/time_to_answer.py OLD NEW --rounds 3 --shipped OLD_TREE NEW_TREE

OLD and NEW are folders that hold a package `aurosim`. With `--shipped` each runs the studies and
the notebooks of its own tree that both have, instead. In each round both play the same parts, one
after the other in turns, each in a process of its own that has run something before. A part's
ratio is new by old; printed are the median of the rounds and a 95 % interval by order statistics
(with fewer than six rounds: the whole spread, said so). CPU time is that of the process and of its
children.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

FIXTURES = Path(__file__).parents[1] / "tests" / "scenarios" / "of_0_1_0"
WARM = """
import json, sys, time
import aurosim
files = sys.argv[1:]
aurosim.run(files[0])
spent = []
for file in files:
    before = time.process_time()
    aurosim.run(file)
    spent.append(time.process_time() - before)
print(json.dumps(spent))
"""
IDLE = """
name: idle
question: What does an idle day cost?
run: {duration: 1 d}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}, readers: {count: 1}}
workload: [{name: pings, arrivals: {rate: 0.02/s}, transaction: [{kind: select}]}]
"""
COMMANDS = {
    "run with its page": ["run", "chaos/writer-host-failure.yaml", "--out", "OUT"],
    "check": ["check", "chaos/writer-host-failure.yaml"],
    "--help": ["--help"],
    "study of ten tiny replicates": [
        "replicate", "teaching/stale-reads.yaml", "-n", "10", "--out", "OUT",
        "--set", "run.duration=1 s", "--set", "run.warm_up=0 s",
    ],
}  # fmt: skip


NOTEBOOK = """
import os, sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=900, kernel_name="python3").execute(cwd=os.getcwd())
"""


def _with(tree: Path) -> dict[str, str]:
    """The environment in which ``tree`` is aurosim, with compiled code in its own `.cache`: in a
    shared one a version may throw away another's. Bytecode is kept, as pip keeps it."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    cache = {"XDG_CACHE_HOME": str(tree.resolve() / ".cache")}
    return {**kept, "PYTHONPATH": str(tree.resolve()), **cache}


def warm_runs(tree: Path, files: list[Path]) -> list[float]:
    """CPU seconds of `aurosim.run` of each file, in a process that has run the first before."""
    done = subprocess.run(
        [sys.executable, "-c", WARM, *map(str, files)],
        capture_output=True, text=True, check=True, env=_with(tree), cwd="/",
    )  # fmt: skip
    spent: list[float] = json.loads(done.stdout)
    return spent


def _children(words: list[str], tree: Path, cwd: Path) -> float:
    """CPU seconds of a Python command and its children; 99 (a promise broke) is an answer, too."""
    before = os.times()
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, env=_with(tree), cwd=cwd
    )
    if done.returncode not in (0, 99):
        raise SystemExit(f"{' '.join(words)} left with {done.returncode}:\n{done.stderr}")
    after = os.times()
    spent = (after.children_user, after.children_system)
    return sum(spent) - before.children_user - before.children_system


def command(tree: Path, arguments: list[str]) -> float:
    """CPU seconds of an `aurosim` command, with those of its children."""
    with tempfile.TemporaryDirectory() as scratch:
        words = [scratch + "/out" if word == "OUT" else word for word in arguments]
        return _children(["-m", "aurosim", *words], tree, FIXTURES)


def shipped_of(tree: Path, source: Path, other: Path) -> dict[str, float]:
    """CPU seconds of the studies and notebooks of ``source`` that ``other`` has as well."""
    spent = {}
    for kind in ("studies/*.yaml", "notebooks/*.ipynb"):
        for each in sorted(source.glob(kind)):
            name = each.relative_to(source)
            if not (other / name).exists():
                continue
            if kind.startswith("studies"):
                spent[str(name)] = command(tree, ["sweep", str(each.resolve()), "--out", "OUT"])
            else:
                with tempfile.TemporaryDirectory() as scratch:
                    words = ["-c", NOTEBOOK, str(each.resolve())]
                    spent[str(name)] = _children(words, tree, Path(scratch))
    return spent


def round_of(tree: Path, idle: Path) -> dict[str, float]:
    """The parts of one round and the CPU seconds of each."""
    files = sorted(FIXTURES.rglob("*.yaml"))
    spent = dict(zip([each.stem for each in files], warm_runs(tree, files), strict=True))
    parts = {"all 23": sum(spent.values()), "writer-host-failure": spent["writer-host-failure"]}
    parts["idle day"] = warm_runs(tree, [idle])[0]
    return parts | {name: command(tree, words) for name, words in COMMANDS.items()}


def interval(ratios: list[float]) -> tuple[float, float]:
    """The ends of a 95 % interval of the median, or of all there is where rounds are few."""
    drop = {n: k for n, k in ((6, 0), (9, 1), (12, 2), (15, 3), (17, 4), (20, 5))}
    cut = max((k for n, k in drop.items() if n <= len(ratios)), default=0)
    inner = sorted(ratios)[cut : len(ratios) - cut]
    return inner[0], inner[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shipped", type=Path, nargs=2, metavar=("OLD_TREE", "NEW_TREE"))
    asked = parser.parse_args()

    def parts(who: int, tree: Path, idle: Path) -> dict[str, float]:
        if asked.shipped is None:
            return round_of(tree, idle)
        return shipped_of(tree, asked.shipped[who], asked.shipped[1 - who])

    rounds: list[tuple[dict[str, float], dict[str, float]]] = []
    with tempfile.TemporaryDirectory() as scratch:
        idle = Path(scratch, "idle.yaml")
        idle.write_text(IDLE, encoding="utf-8")
        for number in range(asked.rounds):
            turn = [(0, asked.old), (1, asked.new)]
            found = {
                who: parts(who, tree, idle) for who, tree in (turn[::-1] if number % 2 else turn)
            }
            rounds.append((found[0], found[1]))
    print("| part | before, CPU s | after, CPU s | ratio | from | to |\n|---|--:|--:|--:|--:|--:|")
    for part in rounds[0][0]:
        before, after = (median(each[who][part] for each in rounds) for who in (0, 1))
        ratios = [new[part] / old[part] for old, new in rounds]
        low, high = interval(ratios)
        ratio = f"{median(ratios):.3f} | {low:.3f} | {high:.3f}"
        print(f"| {part} | {before:.2f} | {after:.2f} | {ratio} |")
    words = "a 95 % interval" if len(rounds) >= 6 else "the whole spread"
    print(f"\n{len(rounds)} rounds; from and to: {words}.")


if __name__ == "__main__":
    main()
