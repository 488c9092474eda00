"""The time series of a run as columns: one entry per interval, NaN where there is no value.

Names and units are those of docs/summary.md. A rate is what happened in the interval divided by the
part of it that the run covered.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby

import numpy as np
import numpy.typing as npt

from aurosim.dataplane.contract import Outcome, StatementKind, lag_row
from aurosim.dataplane.plan import RateProfile
from aurosim.metrics import tables as tab
from aurosim.metrics.causes import Causes
from aurosim.metrics.levels import NOT_THERE, SESSIONS
from aurosim.metrics.recorder import Recorder
from aurosim.scenario.results import CAUSES
from aurosim.units import NS_PER_MS, NS_PER_S

Floats = npt.NDArray[np.float64]

RATES = (
    ("due", tab.S_DUE),
    ("good", tab.S_GOOD),
    ("bad", tab.S_BAD),
    ("statements", tab.S_STATEMENTS),
    ("reads", tab.S_READS),
    ("writes", tab.S_WRITES),
)
VOLUME = (
    "commits_waiting", "used_bytes", "protection_groups", "copies_min",
    "groups_below_write_quorum", "groups_below_read_quorum",
)  # fmt: skip


def columns(recorder: Recorder, traced: Collection[str] = ()) -> dict[str, Floats]:
    """All series by name. `traced` names the workloads that follow a measured trace."""
    assert recorder.finished
    stop_ns, width_ns = recorder.stop_ns, recorder.width_ns
    edges_ns = np.append(np.arange(0, stop_ns, width_ns, dtype=np.int64), stop_ns)
    if stop_ns == 0:
        edges_ns = edges_ns[:1]
    wide_s = np.diff(edges_ns) / NS_PER_S
    found: dict[str, Floats] = {"time_s": edges_ns[:-1] / NS_PER_S, "width_s": wide_s}
    for n in range(len(recorder.plan.workloads)):
        plan = recorder.plan.workloads[n]
        found |= _workload(recorder, n, wide_s)
        found[f"workloads.{plan.name}.out_ratio"] = _out(recorder, n, edges_ns)
        if plan.name in traced and plan.rate is not None:
            asked = mean_rate_per_s(plan.rate, edges_ns)
            found[f"workloads.{plan.name}.trace_per_s"] = asked
    for n in range(len(recorder.plan.instances)):
        found |= _instance(recorder, n)
    for n, cluster in enumerate(recorder.plan.clusters):
        found |= _cluster(recorder, f"clusters.{cluster.name}")
        if followed(recorder, n):
            found |= _replication(recorder, n)
    return {name: values[: len(wide_s)] for name, values in found.items()}


def mean_rate_per_s(rate: RateProfile, edges_ns: npt.NDArray[np.int64]) -> Floats:
    """The mean of a rate profile in each of the intervals between the edges."""
    starts = rate.starts_ns.astype(np.float64)
    stops = np.append(starts[1:], float(rate.end_ns))
    lasts = stops - starts
    slope = np.divide(
        rate.rate1_per_s - rate.rate0_per_s, lasts, out=np.zeros(len(lasts)), where=lasts > 0
    )
    whole = (rate.rate0_per_s + rate.rate1_per_s) / 2 * lasts
    before = np.append(0.0, np.cumsum(whole))[:-1]
    at = edges_ns.astype(np.float64)
    k = np.clip(np.searchsorted(starts, at, side="right") - 1, 0, len(starts) - 1)
    into = np.clip(at - starts[k], 0.0, lasts[k])
    passed = before[k] + (rate.rate0_per_s[k] + slope[k] * into / 2) * into
    return np.asarray(np.diff(passed) / np.diff(at))


def _workload(recorder: Recorder, n: int, wide_s: Floats) -> dict[str, Floats]:
    name = f"workloads.{recorder.plan.workloads[n].name}"
    first, count = n * tab.WORKLOAD_SERIES, len(wide_s)
    table = recorder.series.table[first : first + tab.WORKLOAD_SERIES, :count]
    found = {f"{name}.{word}_per_s": table[column] / wide_s for word, column in RATES}
    some = table[tab.S_GOOD] > 0
    took_ns = recorder.latency.quantiles_ns(n, count, 0.5, 0.99)
    # A bucket's middle may lie beyond the largest value in it, which is known exactly.
    took_ns = np.minimum(took_ns, table[tab.S_LATENCY_MAX, :, np.newaxis])
    for column, word in enumerate(("p50", "p99")):
        values = np.where(some, took_ns[:, column] / NS_PER_MS, np.nan)
        found[f"{name}.latency_{word}_ms"] = values
    found[f"{name}.latency_max_ms"] = np.where(some, table[tab.S_LATENCY_MAX] / NS_PER_MS, np.nan)
    found[f"{name}.in_system"] = recorder.levels.mean(f"{name}.in_system")
    for key in NOT_THERE:
        found[f"{name}.connections_{key}"] = recorder.levels.level(f"{name}.connections_{key}")
    for outcome in Outcome:
        if outcome != Outcome.OK:
            errors = table[tab.S_ERRORS + outcome] / wide_s
            found[f"{name}.errors.{outcome.name.lower()}_per_s"] = errors
    return found


def _out(recorder: Recorder, n: int, edges_ns: npt.NDArray[np.int64]) -> Floats:
    """The share of a workload's processes that was out in each interval, on average, of those that
    asked for anything; NaN where none did."""
    asked = recorder.asked(n)
    out_ns = np.zeros(len(edges_ns), np.int64)  # of all of them, up to each edge
    for each in recorder.process_outages:
        if each.workload == n:
            out_ns += np.clip(edges_ns - each.start_ns, 0, each.lasted_ns)
    within = np.diff(out_ns) / np.diff(edges_ns)
    return within / asked if asked else np.full(len(within), np.nan)


def is_reader(recorder: Recorder, n: int) -> bool:
    """Whether an instance was a reader: at the start, or later, as its lag samples tell."""
    instance = recorder.plan.instances[n]
    writer = recorder.plan.clusters[instance.cluster].writer
    return n != writer or bool(recorder.lag_series.table[n * tab.LAG_SERIES].any())


def _instance(recorder: Recorder, n: int) -> dict[str, Floats]:
    plan, levels = recorder.plan.instances[n], recorder.levels
    name = f"instances.{plan.name}"
    touches, misses = levels.total(f"{name}.touches"), levels.total(f"{name}.misses")
    hits = np.full(len(touches), np.nan)
    np.divide(touches - misses, touches, out=hits, where=touches > 0)
    found = {
        f"{name}.cpu_ratio": levels.share(f"{name}.busy", f"{name}.vcpus"),
        f"{name}.connections": levels.level(f"{name}.connections"),
        f"{name}.connections_held": levels.level(f"{name}.connections_held"),
        f"{name}.connections_zombies": levels.level(f"{name}.connections_zombies"),
        f"{name}.hit_ratio": hits,
    }
    for _, key in SESSIONS:
        found[f"{name}.{key}"] = levels.mean(f"{name}.{key}", f"{name}.there")
    if is_reader(recorder, n):
        found |= _lag(recorder, n, f"{name}.lag")
    return found


def _lag(recorder: Recorder, row: int, name: str) -> dict[str, Floats]:
    """Mean and largest lag of a row of samples."""
    first = row * tab.LAG_SERIES
    samples, total, largest = recorder.lag_series.table[first : first + tab.LAG_SERIES]
    mean = np.full(len(samples), np.nan)
    np.divide(total / NS_PER_MS, samples, out=mean, where=samples > 0)
    most = np.where(samples > 0, largest / NS_PER_MS, np.nan)
    return {f"{name}_mean_ms": mean, f"{name}_max_ms": most}


def followed(recorder: Recorder, cluster: int) -> bool:
    """Whether a cluster followed another: at the start, or later, as its lag samples tell."""
    row = lag_row(len(recorder.plan.instances), cluster) * tab.LAG_SERIES
    return recorder.plan.clusters[cluster].source >= 0 or bool(recorder.lag_series.table[row].any())


def _replication(recorder: Recorder, n: int) -> dict[str, Floats]:
    """How far a secondary's volume was behind, and how much it lacked."""
    name = f"clusters.{recorder.plan.clusters[n].name}"
    found = _lag(recorder, lag_row(len(recorder.plan.instances), n), f"{name}.replication_lag")
    found[f"{name}.replication_backlog_bytes"] = recorder.levels.level(f"{name}.behind_bytes")
    return found


def _cluster(recorder: Recorder, name: str) -> dict[str, Floats]:
    levels = recorder.levels
    found = {
        f"{name}.{word}_per_s": levels.per_s(f"{name}.{word}")
        for word in ("redo_bytes", "storage_writes", "storage_reads")
    }
    return found | {f"{name}.{word}": levels.level(f"{name}.{word}") for word in VOLUME}


STATEMENTS = [kind for kind in StatementKind if kind < StatementKind.COMMIT]
SPREAD = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999))


def latency_rows(recorder: Recorder) -> list[dict[str, str | int | float]]:
    """Latency by workload and kind: `request` (good ones), `failed`, then kinds of statements.

    `commit` is what `commit_latency_ms` is about. What never happened has no row.
    """
    kinds = [("request", tab.GOOD_REQUESTS), ("failed", tab.FAILED_REQUESTS)]
    kinds += [(kind.name.lower(), int(kind)) for kind in STATEMENTS]
    kinds += [("commit", tab.COMMITS), ("connect", int(StatementKind.CONNECT))]
    found: list[dict[str, str | int | float]] = []
    for n, plan in enumerate(recorder.plan.workloads):
        for word, row in kinds:
            place = n * tab.HISTOGRAMS + row
            count = recorder.histograms.count(place)
            if not count:
                continue
            spread = spread_ms(recorder, place)
            values = {f"{key}_ms": value for key, value in spread.items() if value is not None}
            found.append({"workload": plan.name, "kind": word, "count": count, **values})
    return found


def process_rows(recorder: Recorder, causes: Causes) -> list[dict[str, str | int | float]]:
    """Each process that had an outage: how many, the longest, all of them, and why they lasted."""
    found: list[dict[str, str | int | float]] = []
    each_s = tuple(f"{cause}_s" for cause in CAUSES)
    by_process = sorted(recorder.process_outages, key=lambda o: o.process)
    for process, mine in groupby(by_process, key=lambda o: o.process):
        outages = list(mine)
        workload = outages[0].workload
        lasted_ns = [each.lasted_ns for each in outages]
        parts_ns = map(sum, zip(*map(causes.of_process, outages), strict=True))
        found.append({
            "workload": recorder.plan.workloads[workload].name,
            "process": process - int(np.searchsorted(recorder.workload_of, workload)),
            "outages": len(outages), "longest_s": max(lasted_ns) / NS_PER_S,
            "out_s": sum(lasted_ns) / NS_PER_S,
            **{key: part / NS_PER_S for key, part in zip(each_s, parts_ns, strict=True)},
        })  # fmt: skip
    return found


def spread_ms(recorder: Recorder, place: int) -> dict[str, float | None]:
    """Mean, quantiles and maximum of a histogram in ms; all None if it is empty."""
    meter = recorder.histograms
    values: dict[str, float | None] = {"mean": meter.mean_ns(place)}
    values |= {word: meter.quantile_ns(q, place) for word, q in SPREAD}
    values["max"] = meter.max_ns(place)
    return {key: None if value is None else value / NS_PER_MS for key, value in values.items()}
