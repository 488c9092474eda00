"""The order in which workloads are written decides nothing: they are numbered by their names."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from aurosim import api
from aurosim.report.folder import FILES

SCENARIO = """
name: two-workloads
run: {duration: 12 s, warm_up: 1 s, seed: 3}
cluster:
  engine: aurora-mysql
  instances:
    - {name: db-1, class: db.r6g.large, az: a}
    - {name: db-2, class: db.r6g.large, az: b, promotion_tier: 0}
workload:
  - name: writes
    arrivals: {rate: 20/s}
    transaction: sysbench-oltp-write-only
    client: {statement_timeout: 2 s}
  - name: reads
    endpoint: reader
    connections: 2
    think_time: 20 ms
    transaction: sysbench-point-select
faults:
  - {at: 4 s, failover: {}}
expect:
  - writes.availability.requests >= 10 %
"""


def written(scenario: dict[str, object], folder: Path) -> dict[str, bytes]:
    """The files of a run, but the one that tells when and where it was."""
    api.run(yaml.safe_dump(scenario)).save(folder)
    return {name: (folder / name).read_bytes() for name in FILES if name != "provenance.json"}


@pytest.fixture
def scenario() -> dict[str, object]:
    read = yaml.safe_load(SCENARIO)
    assert isinstance(read, dict)
    return read


def test_workloads_in_another_order_write_the_same_bytes(scenario, tmp_path: Path) -> None:
    one = written(scenario, tmp_path / "one")
    other = written({**scenario, "workload": scenario["workload"][::-1]}, tmp_path / "other")
    assert [name for name in one if one[name] != other[name]] == []
