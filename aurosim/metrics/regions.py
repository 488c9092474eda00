"""What moves between regions cost, and links that fall behind without end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aurosim import catalog
from aurosim.dataplane.contract import ROLE_GLOBAL
from aurosim.metrics.recorder import Recorder
from aurosim.metrics.records import ControlRecords, TakeoverRecord
from aurosim.units import NS_PER_S

if TYPE_CHECKING:
    from aurosim.scenario import Scenario

WINDOWS = 4
"""Parts of the second half of the measured time in which a lag must rise to be called endless."""


def _s(ns: int) -> float:
    return ns / NS_PER_S


def _since(end_ns: int | None, start_ns: int | None) -> float | None:
    return None if end_ns is None or start_ns is None else _s(end_ns - start_ns)


def moves(scenario: Scenario, recorder: Recorder, control: ControlRecords) -> dict[str, Any]:
    """`global` of the summary: failovers and switchovers between regions."""
    return {
        "failovers": [
            {**_move(scenario, recorder, each), **_recovery(each)}
            for each in control.regional_failovers
        ],
        "switchovers": [_move(scenario, recorder, each) for each in control.switchovers],
    }


def _move(scenario: Scenario, recorder: Recorder, take: TakeoverRecord) -> dict[str, Any]:
    away_ns = take.start_ns if take.lost_ns is None else take.lost_ns
    return {
        "from": take.from_,
        "to": take.to,
        "writer": take.writer or None,
        "start_s": _s(take.start_ns),
        "promoted_s": _since(take.promoted_ns, 0),
        "endpoint_moved_s": _since(take.endpoint_moved_ns, 0),
        "rejoined_s": _since(take.rejoined_ns, 0),
        "database_outage_s": _since(take.promoted_ns, away_ns),
        "client_outage_s": client_outage_s(
            scenario, recorder, {(0, ROLE_GLOBAL)}, away_ns, take.endpoint_moved_ns
        ),
    }


def _recovery(take: TakeoverRecord) -> dict[str, Any]:
    return {
        "recovery_point": {
            "commits": take.missing_commits,
            "bytes": take.missing_bytes,
            "span_s": _s(take.span_ns),
        },
        "recovery_time_s": {
            "since_request": _since(take.promoted_ns, take.start_ns),
            "since_outage": _since(take.promoted_ns, take.lost_ns),
        },
    }


def primary_at(control: ControlRecords, first: str, at_ns: int) -> str:
    """The primary at a time: that of the last move whose new writer was open by then, else the
    first.
    """
    done = [
        (take.promoted_ns, take.to)
        for take in (*control.regional_failovers, *control.switchovers)
        if take.promoted_ns is not None and take.promoted_ns <= at_ns
    ]
    return max(done)[1] if done else first


def client_outage_s(
    scenario: Scenario,
    recorder: Recorder,
    endpoints: set[tuple[int, int]],
    start_ns: int,
    end_ns: int | None,
) -> float | None:
    """The longest outage of any process that overlaps a time, of plain clients of endpoints
    (cluster and role); None without such clients, `end_ns` of None is the end of the run.

    `end_ns` is when the record moved; who keeps the old address may first ask, and be out, up to
    the length of his cache later. Of an outage that is open at the end it is the length so far.
    """
    plain = {each.name for each in scenario.workload if each.client.driver == "plain"}
    concerned = {
        n
        for n, each in enumerate(recorder.plan.workloads)
        if (each.cluster, each.role) in endpoints and each.name in plain
    }
    if not concerned:
        return None
    cached = {n: recorder.plan.workloads[n].dns_cache_ns for n in concerned}
    overlapping = (
        each.lasted_ns
        for each in recorder.process_outages
        if each.workload in concerned
        and (end_ns is None or each.start_ns < end_ns + cached[each.workload])
        and (each.end_ns is None or each.end_ns > start_ns)
    )
    return _s(max(overlapping, default=0))


def warnings(scenario: Scenario, recorder: Recorder) -> list[dict[str, str]]:
    """`warnings` of the summary: each secondary whose lag grows without end.

    Its lag is then above what is typical, and larger in each quarter of the second half of the
    measured time than in the one before.
    """
    typical_ns = catalog.duration_ns("replication_lag_typical", scenario.numbers)
    found = []
    for cluster in recorder.plan.clusters:
        lag_ns = _late_ns(recorder, cluster.name)
        windows = [float(each.mean()) for each in np.array_split(lag_ns, WINDOWS) if len(each)]
        rising = all(b > a for a, b in zip(windows, windows[1:], strict=False))
        if len(windows) == WINDOWS and rising and lag_ns[-1] > typical_ns:
            found.append({"kind": "replication_lag", "subject": cluster.name,
                          "text": _endless(cluster.name, lag_ns[-1] / NS_PER_S)})  # fmt: skip
    return found


def _late_ns(recorder: Recorder, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The age of the oldest record that a secondary lacks, at the end of each interval of the
    second half of the measured time; empty if it followed nobody at some of them.
    """
    age_ns = recorder.levels.level(f"clusters.{name}.behind_ns")
    middle_ns = (recorder.warm_up_ns + recorder.stop_ns) // 2
    first, last = -(-middle_ns // recorder.width_ns), -(-recorder.stop_ns // recorder.width_ns)
    late = age_ns[first:last]
    return late if np.isfinite(late).all() else late[:0]


def _endless(name: str, lag_s: float) -> str:
    return (
        f"The lag of {name} grew through the second half of the run, to {lag_s:.3g} s: its link "
        "carries less than is written, or is cut. The lag at the end says how long the run was, "
        "not how good the link is."
    )
