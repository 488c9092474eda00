"""Memory does not grow with the length of a run: ten minutes need what one minute needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 0.10
MOST_BYTES = 500e6
WORLD = """
name: long-run
run: {duration: %d s, warm_up: 1 s}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.8xlarge}, readers: {count: 2}}
workload:
  - {name: orders, arrivals: {rate: 3000/s}, transaction: sysbench-oltp-read-write}
  - {name: reports, endpoint: reader, arrivals: {rate: 3500/s},
     transaction: sysbench-oltp-read-only, client: {pool: 200}}
"""
"""About 100,000 statements a second: 3000 x 20 and 3500 x 14."""
PROGRAM = """
import sys
from aurosim import api
from aurosim.cli.bench import peak_memory_bytes
done = api.run(sys.argv[1], plane="compiled")
print(sum(of["statements_per_s"] for of in done.summary["workloads"].values()))
print(peak_memory_bytes())
"""


def peak_of(seconds: int) -> tuple[float, int]:
    """Statements a second, and the most memory that a process of its own had resident."""
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, WORLD % seconds],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return float(told[0]), int(told[1])


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="the system does not say")
def test_ten_minutes_need_the_memory_of_one() -> None:
    peak_of(5)  # compiles, which takes more memory than any run
    rate_per_s, short_bytes = peak_of(60)
    long_rate_per_s, long_bytes = peak_of(600)
    assert min(rate_per_s, long_rate_per_s) > 95_000
    assert long_bytes <= (1 + WITHIN) * short_bytes
    assert long_bytes < MOST_BYTES
