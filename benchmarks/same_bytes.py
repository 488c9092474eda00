"""Whether two versions of aurosim write the same files, byte by byte.

    python benchmarks/same_bytes.py OLD NEW SCENARIOS... --seeds 1 2

OLD and NEW are folders that hold a package `aurosim`. Every scenario (a file, or a folder of them)
is run and written by both, once with each seed. Left out is `provenance.json`, which has the hour.
Leaves with 1 where a file differs, and names its first byte.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

RUN_ALL = """
import sys
from pathlib import Path
import aurosim
out, seeds, *files = sys.argv[1:]
for file in files:
    for seed in map(int, seeds.split(",")):
        folder = Path(out, f"{Path(file).parent.name}-{Path(file).stem}-{seed}")
        aurosim.run(file, seed=seed).save(folder)
"""


def scenarios(paths: list[Path]) -> list[Path]:
    """The scenario files among ``paths``, and in those that are folders."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    return [each.resolve() for each in found]


def write_all(tree: Path, files: list[Path], seeds: list[int], out: Path) -> None:
    """Have the aurosim of ``tree`` run ``files`` and write a folder for each under ``out``."""
    subprocess.run(
        [sys.executable, "-c", RUN_ALL, str(out), ",".join(map(str, seeds)), *map(str, files)],
        check=True, env={**os.environ, "PYTHONPATH": str(tree.resolve())}, cwd="/",
    )  # fmt: skip


def differences(old: Path, new: Path) -> list[str]:
    """A line for each file that only one folder has, or that differs."""
    told = []
    names = sorted({p.relative_to(f) for f in (old, new) for p in f.rglob("*") if p.is_file()})
    for name in names:
        if name.name == "provenance.json":
            continue
        if not ((old / name).exists() and (new / name).exists()):
            told.append(f"{name}: written by one only")
            continue
        one, two = ((each / name).read_bytes() for each in (old, new))
        if one != two:
            pairs = enumerate(zip(one, two, strict=False))
            at = next((n for n, (x, y) in pairs if x != y), min(len(one), len(two)))
            part = slice(max(0, at - 60), at + 60)
            told.append(f"{name}, byte {at}: {one[part]!r} and {two[part]!r}")
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("scenarios", type=Path, nargs="+")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    asked = parser.parse_args()
    files = scenarios(asked.scenarios)
    with tempfile.TemporaryDirectory() as scratch:
        old, new = Path(scratch, "old"), Path(scratch, "new")
        write_all(asked.old, files, asked.seeds, old)
        write_all(asked.new, files, asked.seeds, new)
        told = differences(old, new)
        print(*told, sep="\n")
        count = len([each for each in new.rglob("*") if each.is_file()])
        print(f"{len(files)} scenarios, {len(asked.seeds)} seeds: {len(told)} of {count} differ")
        sys.exit(bool(told))


if __name__ == "__main__":
    main()
