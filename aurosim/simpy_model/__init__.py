"""An Aurora as one would write it in SimPy: processes, `Resource`, `Store` and conditions.

This is the model to read first, and the one that the compiled data plane is checked against. It
shares nothing with that plane but the catalog of numbers, the scenario language and the generator
of draws; its draws are its own, so the two agree in distribution and not in any single request
(`tests/verification/test_simpy_model.py`).

    from aurosim import simpy_model
    result = simpy_model.run("az-loss", seed=1)
    result["workloads"]["orders"]["latency_ms"]["p99"]

or `python -m aurosim.simpy_model az-loss`. The result is a dictionary with the keys of
`summary.json` (docs/summary.md), as many as this model knows.

Read it in this order:

    chance.py    draws by name           numbers.py   what the catalog says, in seconds
    zones.py     distances, dark zones   cpu.py       vCPUs: a `Resource`
    buffer.py    the page cache          statement.py what a transaction costs
    storage.py   six copies: 4 of 6      volume.py    the log, VDL, growth
    instance.py  a database server       reader.py    redo and lag: a `Store`
    names.py     endpoints and DNS       pool.py      connections: a `PriorityStore`
    client.py    requests and retries    region.py    the link to a second region
    failover.py  losing and replacing    fault.py     what goes wrong, and when
    cluster.py   all of one cluster      measured.py  what comes out
    refused.py   what is left out        run.py       the whole

Time is in seconds and a float. What a scenario asks for and this model leaves out is refused by
name before anything runs (`refused.py`): faults of whole regions and links, a crash of the
dispatcher, segments without a time of return, traces, two laws of access and two of CPU, the LSN
allocation limit. Left out without a word, since no scenario asks for them, are stale reads counted
by key, acknowledged commits lost, restarts of readers that lag by a minute, redo that recovery
finds durable and not yet acknowledged, and the way a client's closing takes to its server.
"""

from __future__ import annotations

from aurosim.simpy_model.refused import LeftOut, left_out
from aurosim.simpy_model.run import run

__all__ = ["LeftOut", "left_out", "run"]
