"""A run told by hand: what a report is made of, without simulating anything.

The writer's host fails at 20 s; the database is away for 12.4 s and the plain clients for 14.2 s;
a segment's copy is lost at 60 s and repaired at 70 s. Two workloads, a writer and two readers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from aurosim import scenario as language
from aurosim.scenario.results import CAUSES

SCENARIO = """
name: writer-host-failure
question: What do users see when the host of the writer dies?
learn: The database is back in seconds; plain clients follow their DNS cache and their pool.
run: {duration: 120 s, warm_up: 5 s}
model: {health_check_period: 1 s}
cluster:
  engine: aurora-mysql
  instances:
    - {name: db-1, class: db.r6g.large, az: a}
    - {name: db-2, class: db.r6g.large, az: b}
    - {name: db-3, class: db.r6g.large, az: c}
workload:
  - {name: orders, arrivals: {rate: 200/s}, transaction: sysbench-oltp-write-only}
  - {name: browsing, endpoint: reader, arrivals: {rate: 400/s}, transaction: sysbench-point-select}
faults:
  - {at: 20 s, host_failure: db-1, for: 60 s}
  - {at: 60 s, segment_loss: {group: 0, segments: [0]}}
expect:
  - orders.outage.max < 30 s
  - browsing.latency.p99 < 1 ms
"""

SECONDS = 120
INSTANCES = ("db-1", "db-2", "db-3")


@dataclass
class Story:
    """Carries what the report reads of a result."""

    scenario: Any
    summary: dict[str, Any]
    timeseries: pd.DataFrame
    events: pd.DataFrame
    latency: pd.DataFrame
    processes: pd.DataFrame
    partial: bool = False
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def tables(self) -> Story:
        """A frame has its columns by name, which is what the report reads."""
        return self


def percentiles(mean: float) -> dict[str, float]:
    factors = {"mean": 1, "p50": 0.9, "p90": 1.6, "p95": 2.1, "p99": 4.2, "p999": 9.3, "max": 15.1}
    return {name: round(mean * factor, 3) for name, factor in factors.items()}


def workload(
    due: float, good: float, mean_ms: float, errors: dict[str, int], outages: list[Any]
) -> Any:
    away = sum(each["duration_s"] for each in outages)
    return {
        "requests": {
            "due": round(115 * due), "good": round(115 * good), "bad": round(115 * (due - good)),
            "open": 0,
        },
        "due_per_s": due, "good_per_s": good, "transactions_per_s": good,
        "statements_per_s": 6 * good,
        "reads_per_s": 0.0, "writes_per_s": 4 * good, "errors": errors,
        "latency_ms": percentiles(mean_ms), "commit_latency_ms": percentiles(mean_ms / 4),
        "availability": {"requests": good / due, "time": 1 - away / 115},
        "impaired_s": 0.0, "processes": {"count": 1, "asked": 1},
        "outage": {"mean_s": away},
        "outages": outages,
    }  # fmt: skip


def summary() -> dict[str, Any]:
    errors = {
        "connection_reset": 40,
        "connect_timeout": 1212,
        "client_queue_full": 301,
        "too_many_connections": 0,
        "read_only": 9,
    }
    causes = dict.fromkeys(CAUSES, 0.0) | {
        "noticed": 6.3, "writer": 6.2, "record": 1.5, "connection": 0.15, "answer": 0.05,
    }  # fmt: skip
    outage = {
        "start_s": 19.9, "first_back_s": 34.1, "half_back_s": 34.1, "end_s": 34.1,
        "duration_s": 14.2, "longest_s": 14.2, "processes": 1.0, "process_seconds": 14.2,
        "causes_s": causes,
    }  # fmt: skip
    return {
        "schema_version": 2, "scenario": "writer-host-failure", "seed": 7, "plane": "simpy",
        "duration_s": 120.0, "warm_up_s": 5.0, "partial": False,
        "expect": [
            {"text": "orders.outage.max < 30 s", "held": True, "value": 14.2, "why": None},
            {"text": "browsing.latency.p99 < 1 ms", "held": False, "value": 5.88, "why": None},
            {
                "text": "browsing.commit_latency.p99 < 1 ms", "held": False, "value": None,
                "why": None,
            },
        ],
        "shows": [
            {"text": "orders.outage.max > 10 s", "held": True, "value": 14.2},
            {"text": "orders.errors.read_only > 99", "held": False, "value": 9},
        ],
        "workloads": {
            "browsing": workload(400.0, 400.0, 1.4, {}, []) | {"commit_latency_ms": None},
            "orders": workload(200.0, 176.2, 6.1, errors, [outage]),
        },
        "clusters": {"main": cluster()}, "global": {"failovers": [], "switchovers": []},
        "warnings": [],
    }  # fmt: skip


def cluster() -> dict[str, Any]:
    failover = {
        "cause": "host_failure", "start_s": 20.0, "detected_s": 26.2, "promoted_s": 32.4,
        "endpoint_moved_s": 33.9, "database_outage_s": 12.4, "client_outage_s": 14.2,
        "from": "db-1", "to": "db-2",
    }  # fmt: skip
    reader = {"stale_reads": 17, "reads": 22000}
    reader["lag_ms"] = {"mean": 12.0, "p50": 10.1, "p99": 41.0, "max": 63.5}
    return {
        "region": "us-east-1", "engine": "aurora-mysql", "role": "primary",
        "failovers": [failover],
        "restarts": [{"instance": "db-1", "cause": "host_failure", "start_s": 20.0, "end_s": 84.0}],
        "readers": {name: reader for name in INSTANCES[1:]},
        "instances": {
            name: {
                "cpu_ratio": 0.31, "cpu_p95_ratio": 0.52, "cpu_busiest_ratio": 0.57,
                "hit_ratio": 0.998, "connections_max": 50, "connections_limit": 1000,
            } for name in INSTANCES
        },
        "volume": {
            "bytes": 12 * 2**30, "limit_bytes": 128 * 2**40, "growth_bytes_per_s": 3.5 * 2**20,
            "full_in_s": 3.8e7, "protection_groups": 2, "write_unavailable_s": 0.0,
            "read_unavailable_s": 0.0,
            "ios_per_transaction": 1.9, "repairs": 1,
        },
        "acknowledged_commits_lost": 0, "cost": None,
    }  # fmt: skip


def failures(t: Any, away: Any, wave: Any) -> dict[str, Any]:
    """Errors per second of orders: every cause there is, so that every name is drawn once."""
    heights = {
        "client_queue_full": np.where(away & (t > 26), 38.0 * wave, 0.0),
        "connect_timeout": np.where(away & (t > 21), 93.0 * wave, 0.0),
        "statement_timeout": np.where(t == 25, 12.0, 0.0),
        "connection_reset": np.where(t == 20, 40.0, 0.0),
        "connection_refused": np.where(t == 32, 31.0, 0.0),
        "too_many_connections": np.where(t == 34, 17.0, 0.0),
        "read_only": np.where(t == 33, 9.0, 0.0),
        "unavailable": np.where(t == 31, 8.0, 0.0),
        "unknown_outcome": np.where(t == 20, 1.0, 0.0),
    }
    return {f"workloads.orders.errors.{cause}_per_s": rate for cause, rate in heights.items()}


def timeseries() -> pd.DataFrame:
    t = np.arange(SECONDS, dtype=float)
    away = (t >= 20) & (t < 34)
    wave = 1 + 0.06 * np.sin(t / 2.1) + 0.04 * np.cos(t * 1.7)
    after = np.exp(-np.clip(t - 34, 0, None) / 5) * (t >= 34)
    columns: dict[str, Any] = {"time_s": t, "width_s": np.ones(SECONDS)}
    for name, rate, base, down in (
        ("browsing", 400, 1.3, np.zeros_like(away)),
        ("orders", 200, 5.5, away),
    ):
        p, hurt = f"workloads.{name}", after * (name == "orders")
        bad = np.where(down, rate * 0.8, 0.0)
        columns |= {
            f"{p}.due_per_s": rate * wave, f"{p}.bad_per_s": bad,
            f"{p}.good_per_s": np.where(down, 0, rate * (wave + 0.8 * hurt)),
            f"{p}.out_ratio": 1.0 * down, f"{p}.connections_nowhere": 9.0 * down,
            f"{p}.connections_astray": 3.0 * hurt,
            f"{p}.statements_per_s": rate * wave, f"{p}.in_system": rate * wave / 100,
            f"{p}.latency_p50_ms": np.where(down, np.nan, base * (wave + 60 * hurt)),
            f"{p}.latency_p99_ms": np.where(down, np.nan, 4 * base * (wave + 300 * hurt)),
            f"{p}.latency_max_ms": np.where(down, np.nan, 9 * base * wave),
        }  # fmt: skip
        if name == "orders":
            columns |= failures(t, away, wave)
    for i, name in enumerate(INSTANCES):
        p, dark = f"instances.{name}", (t >= 20) & (t < 84) & (i == 0)
        writer = (i == 0) & (t < 20) | (i == 1) & (t >= 34)
        columns |= {
            f"{p}.cpu_ratio": np.where(dark, 0.0, np.where(writer, 0.55, 0.22) * wave),
            f"{p}.connections": np.where(dark, 0, 40.0),
            f"{p}.connections_held": np.where(dark, 0, 38.0),
            f"{p}.connections_zombies": np.where(dark, 0, 2.0),
            f"{p}.hit_ratio": np.where(dark, np.nan, 0.99),
            f"{p}.sessions.cpu": np.where(dark, 0, np.where(writer, 1.3, 0.5) * wave),
            f"{p}.sessions.commit": np.where(writer, 0.9 * wave, 0.0),
            f"{p}.sessions.read": np.where(dark, 0, 0.2 + 1.1 * after * (i == 1)),
            f"{p}.sessions.log": np.zeros(SECONDS),
            f"{p}.lag_mean_ms": np.where(writer | dark | away, np.nan, 11 * wave),
            f"{p}.lag_max_ms": np.where(writer | dark | away, np.nan, 34 * wave),
        }  # fmt: skip
    c = "clusters.main"
    columns |= {
        f"{c}.redo_bytes_per_s": np.where(away, 0, 9e5), f"{c}.commits_waiting": np.where(away,
        0, 1.0),
        f"{c}.used_bytes": 9 * 2**30 + 3 * 2**30 * (t + 1) / SECONDS,
        f"{c}.protection_groups": np.where(t >= 40, 2.0, 1.0),
        f"{c}.copies_min": np.where((t >= 60) & (t < 70), 5.0, 6.0),
        f"{c}.groups_below_write_quorum": np.zeros(SECONDS),
        f"{c}.groups_below_read_quorum": np.zeros(SECONDS),
    }  # fmt: skip
    return pd.DataFrame(columns)


def events() -> pd.DataFrame:
    rows = [
        (19.9, 34.1, "outage", "main", "orders", "", "no good request"),
        (20.0, 80.0, "fault:host_failure", "main", "db-1", "", "the host is gone"),
        (20.0, 26.2, "failover.detect", "main", "db-1", "host_failure", ""),
        (20.0, 33.9, "failover", "main", "db-1", "host_failure", "db-1 to db-2"),
        (20.0, 84.0, "restart", "main", "db-1", "host_failure", ""),
        (26.2, 32.4, "failover.promote", "main", "db-2", "host_failure", ""),
        (32.4, 33.9, "failover.endpoint", "main", "db-2", "host_failure", ""),
        (60.0, 70.0, "fault:segment_loss", "main", "group 0 segment 0", "", ""),
        (60.0, 70.0, "repair", "main", "group 0 segment 0", "segment_loss", ""),
    ]
    return pd.DataFrame(
        rows, columns=["start_s", "end_s", "kind", "cluster", "subject", "cause", "detail"]
    )


def latency() -> pd.DataFrame:
    rows = [
        {"workload": name, "kind": kind, "count": n} | {f"{k}_ms": v for k,
        v in percentiles(mean).items()}
        for name, kind, n, mean in (
            ("browsing", "request", 46000, 1.4), ("browsing", "select", 46000, 1.4),
            ("orders", "request", 20263, 6.1), ("orders", "failed", 1562, 2100.0), ("orders",
            "begin", 20263, 0.4),
            ("orders", "update_index", 20263, 0.9), ("orders", "commit", 20263, 3.1),
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


def story() -> Story:
    """The whole run, around the scenario of `SCENARIO`."""
    scenario = language.loads(SCENARIO, "story.yaml")
    return Story(scenario, summary(), timeseries(), events(), latency(), processes())


def processes() -> pd.DataFrame:
    """The one process of orders, and why it was out."""
    parts = summary()["workloads"]["orders"]["outages"][0]["causes_s"]
    row = {"workload": "orders", "process": 0, "outages": 1, "longest_s": 14.2, "out_s": 14.2}
    return pd.DataFrame([row | {f"{cause}_s": part for cause, part in parts.items()}])


def calm() -> Story:
    """A run in which nothing happened: no fault, no outage, no error, no reader, no commit."""
    told = story()
    told.events, told.processes = told.events.iloc[:0], told.processes.iloc[:0]
    told.latency = told.latency[told.latency["workload"] == "browsing"]
    told.summary["expect"] = []
    del told.summary["workloads"]["orders"]
    main = told.summary["clusters"]["main"]
    main |= {"failovers": [], "restarts": [], "readers": {}}
    main["instances"] = {"db-1": main["instances"]["db-1"]}
    kept = [c for c in told.timeseries if "orders" not in c and "lag_" not in c]
    told.timeseries = told.timeseries[kept]
    return told


HOSTILE = "<script>document.title=1</script>\"'<img src=x onerror=1>$\\frac$&"


def hostile() -> Story:
    """The story with names and a question that try to be HTML, SVG and mathematics."""

    def renamed(text: str) -> str:
        return text.replace("orders", HOSTILE).replace("db-2", HOSTILE)

    told = story()
    told.scenario = told.scenario.model_copy(update={"question": HOSTILE, "learn": HOSTILE})
    told.summary["scenario"] = HOSTILE
    told.summary["workloads"] = {renamed(k): v for k, v in told.summary["workloads"].items()}
    main = told.summary["clusters"]["main"]
    for part in ("readers", "instances"):
        main[part] = {renamed(name): one for name, one in main[part].items()}
    main["failovers"][0]["to"] = HOSTILE
    for each in told.summary["expect"]:
        each["text"] = renamed(each["text"])
    told.timeseries = told.timeseries.rename(columns=renamed)
    told.latency["workload"] = told.latency["workload"].map(renamed)
    told.processes["workload"] = told.processes["workload"].map(renamed)
    for column in ("subject", "detail"):
        told.events[column] = told.events[column].map(renamed)
    return told
