"""Statements per second of wall time: `python benchmarks/statements.py [--plane reference]`.

Closed sysbench-oltp-write-only with 500 connections on a writer with two readers, every metric of a
normal run on. Prints the rate of each of three runs after one to warm up. Compare ratios within one
run of the machine; single figures are noisy.
"""

from __future__ import annotations

import argparse
import time

from aurosim import scenario, simulation

WORLD = """
name: bench-write-only
run: {duration: 3 s, warm_up: 500 ms}
cluster:
  engine: aurora-mysql
  storage: {size: 100 GiB}
  writer: {class: db.r6g.8xlarge}
  readers: {count: 2}
workload:
  - name: orders
    connections: 500
    transaction: sysbench-oltp-write-only
"""


def main() -> None:
    """Run the benchmark and print a line for each repetition."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plane", default="reference")
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    world = scenario.loads(WORLD, "benchmark")
    for turn in range(chosen.repeat + 1):
        start_s = time.perf_counter()
        result = simulation.run(world, plane=chosen.plane)
        took_s = time.perf_counter() - start_s
        load = result.summary["workloads"]["orders"]
        measured_s = result.summary["duration_s"] - result.summary["warm_up_s"]
        statements = load["statements_per_s"] * measured_s * (3.0 / measured_s)
        if turn:
            print(f"{chosen.plane}: {statements / took_s:,.0f} statements per wall second")


if __name__ == "__main__":
    main()
