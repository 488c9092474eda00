"""`summary.json`: the answers of a run, key by key as docs/summary.md defines them.

A value that does not exist is None (`null`), never NaN. Everything comes from the recorder, the
last observation and the control plane's records; nothing here counts anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aurosim.catalog.outcomes import ERRORS
from aurosim.dataplane.contract import ROLE_GLOBAL, ROLE_WRITER, Observation, lag_row
from aurosim.metrics import regions, traced
from aurosim.metrics import tables as tab
from aurosim.metrics.causes import Causes
from aurosim.metrics.fleet import Outage
from aurosim.metrics.levels import CLUSTER_NONE, INSTANCE_NONE
from aurosim.metrics.no_effect import not_over, without_effect
from aurosim.metrics.recorder import Recorder
from aurosim.metrics.records import ClusterRecords, ControlRecords, FailoverRecord
from aurosim.metrics.series import is_reader, spread_ms
from aurosim.scenario.paths import Names, at_least, leaf_of, resolve
from aurosim.scenario.results import CAUSES
from aurosim.units import NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    from aurosim.scenario import Expectation, Scenario

SCHEMA_VERSION = 2
NO_COST = "not built yet: aurosim has no cost model"

RATES = (
    ("transactions_per_s", tab.TRANSACTIONS),
    ("statements_per_s", tab.STATEMENTS),
    ("reads_per_s", tab.READS),
    ("writes_per_s", tab.WRITES),
)


def summarise(
    scenario: Scenario,
    recorder: Recorder,
    control: ControlRecords,
    *,
    seed: int,
    plane: str,
    partial: bool = False,
) -> dict[str, Any]:
    """The content of summary.json. `recorder` is finished."""
    assert recorder.finished and recorder.last is not None
    plan, causes = recorder.plan, Causes(recorder.plan, control, recorder.last)
    found: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "scenario": scenario.name,
        "seed": seed,
        "plane": plane,
        "duration_s": _s(recorder.stop_ns),
        "warm_up_s": _s(recorder.warm_up_ns),
        "partial": partial,
        "expect": [],
        "shows": [],
        "workloads": {w.name: _workload(recorder, causes, n) for n, w in enumerate(plan.workloads)},
        "clusters": {
            c.name: _cluster(scenario, recorder, control, recorder.last, n)
            for n, c in enumerate(plan.clusters)
        },
        "global": regions.moves(scenario, recorder, control),
        "warnings": [
            *regions.warnings(scenario, recorder),
            *without_effect(control.events),
            *not_over(recorder),
            *traced.warnings(scenario, recorder),
        ],
    }
    found["expect"] = judged(scenario.expect, found, recorder)
    found["shows"] = judged(scenario.shows, found, recorder)
    return found


def judged(
    lines: Sequence[Expectation], summary: dict[str, Any], recorder: Recorder
) -> list[dict[str, Any]]:
    """Each line with the value it is about, in the unit of the summary, and its fate."""
    plan = recorder.plan
    names = Names(
        tuple(w.name for w in plan.workloads),
        tuple(c.name for c in plan.clusters),
        tuple(i.name for i in plan.instances),
    )
    found = []
    for line in lines:
        value, unit = resolve(line.path, summary), leaf_of(line.path, names).unit
        cut = at_least(line.path, summary)
        held = line.holds(value, unit, at_least=cut)
        why = None
        if cut and not held and value is not None:
            why = f"open at the end: at least {line.in_unit(value, unit):.4g} {line.unit}".rstrip()
        found.append({"text": line.text, "held": held, "value": value, "why": why})
    return found


def _s(ns: int) -> float:
    return ns / NS_PER_S


def _s_or_none(ns: int | None) -> float | None:
    return None if ns is None else ns / NS_PER_S


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _per_s(recorder: Recorder, count: int) -> float | None:
    return _share(count * NS_PER_S, recorder.measured_ns)


# --- workloads -------------------------------------------------------------------------------
def _workload(recorder: Recorder, causes: Causes, n: int) -> dict[str, Any]:
    due, good, bad = recorder.due(n), recorder.total(n, tab.GOOD), recorder.bad(n)
    histogram = n * tab.HISTOGRAMS
    asked = recorder.asked(n)
    outages = [_outage(each, causes, asked) for each in recorder.outages if each.workload == n]
    out_ns = sum(each.lasted_ns for each in recorder.process_outages if each.workload == n)
    asking_ns = recorder.measured_ns * max(asked, 1)
    return {
        "due_per_s": _per_s(recorder, due),
        "good_per_s": _per_s(recorder, good),
        **{key: _per_s(recorder, recorder.total(n, column)) for key, column in RATES},
        "stale_ratio": _share(recorder.total(n, tab.STALE), recorder.total(n, tab.READS)),
        "requests": {"due": due, "good": good, "bad": bad, "open": int(recorder.open[n])},
        "errors": {
            each.word: recorder.total(n, tab.ERRORS + each) for each in ERRORS
        },
        "latency_ms": spread_ms(recorder, histogram + tab.GOOD_REQUESTS),
        "commit_latency_ms": spread_ms(recorder, histogram + tab.COMMITS),
        "failed_latency_ms": spread_ms(recorder, histogram + tab.FAILED_REQUESTS),
        "availability": {
            "requests": _share(good, good + bad),
            "time": _share(asking_ns - out_ns, asking_ns),
        },
        "unanswered_after_s": _s(int(recorder.unanswered_ns[n])),
        "impaired_s": _s(recorder.impaired_ns(n)),
        "processes": {"count": recorder.plan.workloads[n].processes, "asked": asked},
        "outage": _of_outages(outages, recorder.longest_ns(n), asked),
        "outages": outages,
    }


def _outage(outage: Outage, causes: Causes, asked: int) -> dict[str, Any]:
    """One outage of a workload, the union of its processes' ones."""
    return {
        "start_s": _s(outage.start_ns),
        "first_back_s": _s_or_none(outage.first_back_ns),
        "half_back_s": _s_or_none(outage.half_back_ns),
        "end_s": _s_or_none(outage.end_ns),
        "duration_s": _s(outage.lasted_ns),
        "longest_s": _s(outage.longest_ns),
        "processes": outage.processes / asked,
        "process_seconds": _s(outage.process_ns),
        "causes_s": {
            cause: part / NS_PER_S for cause, part in zip(CAUSES, causes.of(outage), strict=True)
        },
    }


def _of_outages(
    outages: Sequence[dict[str, Any]], longest_ns: Sequence[int], asked: int
) -> dict[str, Any]:
    """All outages of a workload in one; `longest_ns` is each process's longest."""
    return {
        "max_s": _s(max(longest_ns, default=0)),
        "mean_s": _s(sum(longest_ns)) / max(asked, 1),
        "total_s": sum(each["duration_s"] for each in outages),
        "count": len(outages),
        "process_seconds": sum(each["process_seconds"] for each in outages),
        "causes_s": {  # by process that asked: an outage of one weighs less than one of all
            cause: sum(each["causes_s"][cause] * each["processes"] for each in outages)
            for cause in CAUSES
        },
    }


# --- clusters --------------------------------------------------------------------------------
def _cluster(
    scenario: Scenario, recorder: Recorder, everything: ControlRecords, now: Observation, n: int
) -> dict[str, Any]:
    control = everything.clusters[n]
    members = [i for i, each in enumerate(recorder.plan.instances) if each.cluster == n]
    names = {i: recorder.plan.instances[i].name for i in members}
    return {
        "region": scenario.clusters[n].region,
        "engine": scenario.clusters[n].engine,
        "role": control.role,
        "failovers": [
            _failover(scenario, recorder, _endpoints(recorder, everything, n, each.start_ns), each)
            for each in control.failovers
        ],
        "restarts": [
            {
                "instance": each.instance,
                "cause": each.cause,
                "start_s": _s(each.start_ns),
                "end_s": _s_or_none(each.end_ns),
            }
            for each in control.restarts
        ],
        "readers": {names[i]: _reader(recorder, i) for i in members if is_reader(recorder, i)},
        "instances": {names[i]: _instance(recorder, now, i) for i in members},
        "volume": _volume(scenario, recorder, control, now, n),
        "acknowledged_commits_lost": now.clusters[n].lost_commits,
        "replication_lag_ms": lag_ms(recorder, lag_row(len(recorder.plan.instances), n)),
        "replication_backlog": {
            "bytes": now.clusters[n].behind_bytes,
            "commits": now.clusters[n].behind_commits,
        },
        "cost": None,
        "cost_reason": NO_COST,
    }


def _endpoints(
    recorder: Recorder, control: ControlRecords, n: int, at_ns: int
) -> set[tuple[int, int]]:
    """The endpoints (cluster and role) that lead to a cluster's writer: the global one as well
    while the cluster is the primary.
    """
    own, clusters = (n, ROLE_WRITER), recorder.plan.clusters
    primary = regions.primary_at(control, clusters[0].name, at_ns)
    return {own, (0, ROLE_GLOBAL)} if clusters[n].name == primary else {own}


def _failover(
    scenario: Scenario,
    recorder: Recorder,
    endpoints: set[tuple[int, int]],
    failover: FailoverRecord,
) -> dict[str, Any]:
    promoted_ns = failover.promoted_ns
    return {
        "cause": failover.cause,
        "start_s": _s(failover.start_ns),
        "detected_s": _s_or_none(failover.detected_ns),
        "promoted_s": _s_or_none(promoted_ns),
        "endpoint_moved_s": _s_or_none(failover.endpoint_moved_ns),
        "writer_lost_s": _s(failover.lost_ns),
        "completed_s": _s_or_none(failover.completed_ns),
        "database_outage_s": None if promoted_ns is None else _s(promoted_ns - failover.lost_ns),
        "client_outage_s": regions.client_outage_s(
            scenario, recorder, endpoints, failover.start_ns, failover.endpoint_moved_ns
        ),
        "from": failover.from_,
        "to": failover.to or None,
    }


def lag_ms(recorder: Recorder, row: int) -> dict[str, float | None]:
    """The spread of a row of lag samples."""
    meter = recorder.lag_histograms
    lag_ns = {
        "mean": meter.mean_ns(row),
        "p50": meter.quantile_ns(0.5, row),
        "p99": meter.quantile_ns(0.99, row),
        "max": meter.max_ns(row),
    }
    return {key: None if v is None else v / NS_PER_MS for key, v in lag_ns.items()}


def _reader(recorder: Recorder, i: int) -> dict[str, Any]:
    reads = recorder.tables.reads[i]
    stale = int(reads[tab.R_STALE])
    return {
        "lag_ms": lag_ms(recorder, i),
        "stale_reads": stale,
        "reads": int(reads[tab.R_READS]),
        "stale_ms": {
            "mean": int(reads[tab.R_STALE_NS]) / stale / NS_PER_MS if stale else None,
            "max": int(reads[tab.R_STALE_MAX_NS]) / NS_PER_MS if stale else None,
        },
    }


def _instance(recorder: Recorder, now: Observation, i: int) -> dict[str, Any]:
    before, plan = recorder.at_warm_up, recorder.plan.instances[i]
    then, view = before.instances[i] if before else INSTANCE_NONE, now.instances[i]
    vcpu_ns = view.vcpu_ns - then.vcpu_ns if recorder.measured_ns else 0
    touches, misses = view.touches - then.touches, view.misses - then.misses
    busiest, p95 = recorder.peaks.cpu(i)
    return {
        "cpu_ratio": _share(view.busy_ns - then.busy_ns, vcpu_ns),
        "cpu_busiest_ratio": busiest,
        "cpu_p95_ratio": p95,
        "hit_ratio": _share(touches - misses, touches),
        "connections_max": view.connections_max,
        "connections_limit": view.max_connections + plan.reserved_connections,
    }


def _start_bytes(recorder: Recorder, n: int) -> int:
    """The size of a volume before the first event: what a run without warm-up grows from."""
    return recorder.plan.clusters[n].used_bytes


def _full_in_s(left_bytes: int, growth_bytes_per_s: float | None) -> float | None:
    """When nothing is left; now where nothing is, even if such a volume cannot grow any more."""
    if left_bytes <= 0:
        return 0.0
    return left_bytes / growth_bytes_per_s if growth_bytes_per_s else None


def _volume(
    scenario: Scenario, recorder: Recorder, control: ClusterRecords, now: Observation, n: int
) -> dict[str, Any]:
    before = recorder.at_warm_up
    then, view = before.clusters[n] if before else CLUSTER_NONE, now.clusters[n]
    ios = view.storage_writes - then.storage_writes + view.storage_reads - then.storage_reads
    transactions = sum(
        recorder.total(w, tab.TRANSACTIONS)
        for w, each in enumerate(recorder.plan.workloads)
        if each.cluster == n
    )
    limit_bytes = recorder.plan.clusters[n].limit_bytes
    grown_bytes = view.used_bytes - (then.used_bytes if before else _start_bytes(recorder, n))
    growth = grown_bytes * NS_PER_S / recorder.measured_ns if grown_bytes else None
    return {
        "bytes": view.used_bytes,
        "limit_bytes": limit_bytes,
        "growth_bytes_per_s": growth,
        "full_in_s": _full_in_s(limit_bytes - view.used_bytes, growth),
        "protection_groups": view.groups,
        "write_unavailable_s": _s(control.write_unavailable_ns(now.now_ns)),
        "read_unavailable_s": _s(control.read_unavailable_ns(now.now_ns)),
        "ios_per_transaction": _share(ios, transactions),
        "repairs": sum(each.end_ns is not None for each in control.repairs),
    }
