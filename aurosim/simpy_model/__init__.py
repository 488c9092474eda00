"""An Aurora as one would write it in SimPy: processes, `Resource`, `Store` and conditions.

This is the model to read first, and what the compiled data plane is checked against: it shares with
it the catalog, the scenario language and the generator, nothing else. Its draws are its own, so the
two agree in distribution and in no single request (`tests/verification/test_simpy_model.py`).

    from aurosim import simpy_model
    result = simpy_model.run("az-loss", seed=1)
    result["workloads"]["orders"]["latency_ms"]["p99"]

or `python -m aurosim.simpy_model az-loss`. The result has the keys of `summary.json`
(docs/summary.md), as many as this model knows. Times are seconds and floats.

Read it in this order: `setting` (the clock, numbers, draws), `storage` (six copies, four of six),
`volume` (the log, VDL, growth), `statement`, `buffer`, `instance` (vCPUs, statements, death),
`reader` (lag), `region` (a second region's), `names`, `pool`, `client` (requests and retries),
`failover`, `cluster` (all of it, and faults), `measured`, `refused`, `run`.

Left out, and refused by name (`refused.py`): faults of regions and links, failovers asked for, a
dispatcher that crashes, lost segments that are repaired at the published speed, traces, bursts and
stages of load, two laws of access and two of CPU, the LSN allocation limit. Left out silently, as
no scenario asks for them: counting stale reads and lost commits, restarts of readers that lag by a
minute, redo that recovery finds durable before its writer knew, the word `unavailable` for a
PostgreSQL that is opening.
"""

from __future__ import annotations

from aurosim.simpy_model.refused import LeftOut, left_out
from aurosim.simpy_model.run import run

__all__ = ["LeftOut", "left_out", "run"]
