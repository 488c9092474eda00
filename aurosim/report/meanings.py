"""What each number on the page means: one word, one meaning, wherever it stands.

A card or a column of a table is named by its heading here, so the same heading cannot mean two
things. Where a number is one key of summary.json, its meaning is the one that docs/summary.md has.
"""

from __future__ import annotations

from typing import Final

from aurosim.scenario.results import KEYS

_KEYS: Final = {key.path: key.meaning for key in KEYS}
W, C = "workloads.<workload>", "clusters.<cluster>"
INST, R, V = f"{C}.instances.<instance>", f"{C}.readers.<instance>", f"{C}.volume"
F, G = f"{C}.failovers[]", "global.failovers[]"


def _of(path: str) -> str:
    """The meaning of a key of the summary, with its name so that a program finds it, too."""
    short = path.replace("<workload>", "*").replace("<cluster>", "*").replace("<instance>", "*")
    return f"{_KEYS[path]} ({short})"


_GOOD_ONLY = "Failed requests have no latency and are not in it: their share stands beside."
_SECONDS = "Time of the run, in seconds from its start:"

_CARDS: Final = {
    "Time in outages": (
        "Of the workload with the most: time in which any of its processes was in an outage, of"
        " the time after warm-up. An outage is a gap between good completions of a process with a"
        " request in it that failed or was left unanswered; one without an end lasts to the end of"
        " the run, and is a lower bound. The share of the time is of all processes that asked."
    ),
    "Availability": (
        "The lowest of all workloads: of requests, those that ended well of those that ended; of"
        " the time, what was not in outages, over all processes that asked. The value is the"
        " lower of the two."
    ),
    "Latency of good requests, p99": (
        "Of the workload where it is highest: 99 % of its good requests took no longer, from their"
        f" intended arrival to the last answer. {_GOOD_ONLY}"
    ),
    "Good requests": (
        "Requests that succeeded in the end, per second after warm-up, all workloads together, and"
        " how many fell due. Closed clients that wait ask for nothing new: an outage lowers both."
    ),
    "Busiest vCPUs": (
        "The largest share of its vCPUs that an instance used in a whole window of 60 s, or of a"
        " tenth of the time after warm-up if that is under 10 min; and the instance that came"
        " closest to its limit of connections."
    ),
    "Commits left behind": (
        "Commits that a failover between regions left in the old primary: durable there, and not"
        " in the new one. No volume lost them: that is another number."
    ),
    "Commits lost": f"All volumes together: {_of(f'{C}.acknowledged_commits_lost')}",
}
_WORKLOADS: Final = {
    "due/s": (
        f"{_of(f'{W}.due_per_s')}. Closed clients that wait ask for nothing new, so an outage"
        " lowers it."
    ),
    "good/s": _of(f"{W}.good_per_s"),
    "failed": (
        "Share of the requests that ended which failed in the end, after all their attempts:"
        f" 1 - availability.requests ({W.replace('<workload>', '*')}.availability.requests)"
    ),
    "open": (
        f"{_of(f'{W}.requests.open')}: they are on neither side of `failed`"
    ),
    "p50 of good": f"{_of(f'{W}.latency_ms.p50')}. {_GOOD_ONLY}",
    "p99 of good": f"{_of(f'{W}.latency_ms.p99')}. {_GOOD_ONLY}",
    "max of good": f"{_of(f'{W}.latency_ms.max')}. {_GOOD_ONLY}",
    "p99 of failed": _of(f"{W}.failed_latency_ms.p99"),
    "in outages": (
        "Time in which any process was out (expect: outage.total), and the share of the time after"
        " warm-up that the processes that asked were out (1 - availability.time)"
    ),
    "impaired": _of(f"{W}.impaired_s"),
    "longest outage": (
        "The longest outage of any process; at least so long where any was still going on at the"
        " end, which may become the longest (expect: outage.max)"
    ),
    "statements/s": _of(f"{W}.statements_per_s"),
    "count": "How many there were after warm-up.",
    **{
        name: f"Latency: {text}, in ms, of what the row is about."
        for name, text in (
            ("mean", "mean, exact"), ("p50", "median"), ("p90", "90th percentile"),
            ("p95", "95th percentile"), ("p99", "99th percentile"),
            ("p99.9", "99.9th percentile"), ("max", "largest, exact"),
        )
    },
    "errors": (
        "Failed attempts. A request may fail several times and still end well; `failed` counts"
        " requests."
    ),
}  # fmt: skip
_FAILOVERS: Final = {
    "start, s": f"{_SECONDS} {_of(f'{F}.start_s')}",
    "noticed, s": f"{_SECONDS} {_of(f'{F}.detected_s')}",
    "promoted, s": f"{_SECONDS} when the new writer accepts statements (promoted_s)",
    "name moved, s": f"{_SECONDS} when the endpoint's name leads to it (endpoint_moved_s)",
    "database away": (
        "From the fault, or from the loss of the writer, to promoted_s (database_outage_s)"
    ),
    "plain clients away": (
        "The longest outage, overlapping it, of workloads with driver `plain` on the endpoint that"
        " moved (client_outage_s)"
    ),
    "asked for, s": f"{_SECONDS} {_of(f'{G}.start_s')}",
    "old primary follows, s": f"{_SECONDS} {_of(f'{G}.rejoined_s')}",
    "commits left behind": _of(f"{G}.recovery_point.commits"),
    "redo left behind": _of(f"{G}.recovery_point.bytes"),
    "of the last": _of(f"{G}.recovery_point.span_s"),
    "from, s": f"{_SECONDS} when it began.",
    "to, s": f"{_SECONDS} when it was over; open: not by the end.",
    "lasted": "From its begin to its end.",
    "away": "From going down to accepting statements again.",
}
_CLUSTERS: Final = {
    "volume": _of(f"{V}.bytes"),
    "full in": _of(f"{V}.full_in_s"),
    "protection groups": _of(f"{V}.protection_groups"),
    "no writes for": _of(f"{V}.write_unavailable_s"),
    "no reads for": _of(f"{V}.read_unavailable_s"),
    "I/Os per transaction": _of(f"{V}.ios_per_transaction"),
    "repairs": _of(f"{V}.repairs"),
    "commits lost": _of(f"{C}.acknowledged_commits_lost"),
    **{
        f"link lag {key}": _of(f"{C}.replication_lag_ms.{key}")
        for key in ("mean", "p50", "p99", "max")
    },
    "backlog": _of(f"{C}.replication_backlog.bytes"),
    "backlog, commits": (
        f"{_of(f'{C}.replication_backlog.commits')}: on their way, neither lost nor left behind"
    ),
}
_INSTANCES: Final = {
    "vCPU use, mean": _of(f"{INST}.cpu_ratio"),
    "p95 of windows": _of(f"{INST}.cpu_p95_ratio"),
    "busiest window": _of(f"{INST}.cpu_busiest_ratio"),
    "connections, most of limit": (
        f"{_of(f'{INST}.connections_max')}; {_of(f'{INST}.connections_limit')}"
    ),
    "buffer hits": _of(f"{INST}.hit_ratio"),
    **{f"lag {key}": _of(f"{R}.lag_ms.{key}") for key in ("p50", "p99", "max")},
    "stale reads": f"{_of(f'{R}.stale_reads')}; {_of(f'{R}.reads')}",
}

MEANINGS: Final[dict[str, str]] = {
    **_CARDS, **_WORKLOADS, **_FAILOVERS, **_CLUSTERS, **_INSTANCES,
}  # fmt: skip
"""The meaning of each number by the heading over it."""

GROUPS: Final = (
    ("Key numbers", _CARDS), ("Workloads", _WORKLOADS), ("Failovers, moves and events", _FAILOVERS),
    ("Volumes and regions", _CLUSTERS), ("Instances", _INSTANCES),
)  # fmt: skip
"""The same, as the page shows them at its end."""

assert len(MEANINGS) == sum(len(group) for _, group in GROUPS), "a word with two meanings"
