"""Every key of summary.json, once: what the JSON Schema, the page in docs and the paths of
`expect:` lines are made of.

A key is a path, with `<...>` where a name of the scenario stands and `[]` for the members of a
list; its type, `null` allowed or not; its unit; what it means; and whether a line may expect it.
Keys are only ever added.
"""

from __future__ import annotations

from dataclasses import dataclass

from aurosim.catalog.outcomes import ERRORS

MS, S, PER_S, RATIO, BYTES, PLAIN = "ms", "s", "/s", "ratio", "B", ""
"""Units of the summary's numbers; `""` is a plain count or number."""
UNITS = {
    "_per_s": PER_S, "_ms": MS, "_s": S, "_seconds": S, "_ratio": RATIO, "bytes": BYTES,
}  # fmt: skip
"""How the name of a number with this unit ends."""
NUMBER, INTEGER, TEXT, FLAG, NULL = "number", "integer", "string", "boolean", "null"


@dataclass(frozen=True)
class Key:
    """One value of the summary. Its unit is the end of its name, unless `share`: it needs none.

    A line of `expect:` may name it if it is a number, or count the list that it stands in; not so
    where `expect` is false.
    """

    path: str
    type: str
    meaning: str
    nullable: bool = False
    expect: bool = True
    share: bool = False

    @property
    def is_number(self) -> bool:
        """Whether a line can compare it with a number."""
        return self.type in (NUMBER, INTEGER)

    @property
    def unit(self) -> str:
        """One of the units below, by its names from the innermost on."""
        names = reversed(self.path.replace("[]", "").split("."))
        by_name = (unit for name in names for end, unit in UNITS.items() if name.endswith(end))
        return RATIO if self.share else next(by_name, PLAIN)


SPREAD = {
    "mean": "mean, exact",
    "p50": "median",
    "p90": "90th percentile",
    "p95": "95th percentile",
    "p99": "99th percentile",
    "p999": "99.9th percentile",
    "max": "largest, exact",
}

def _spread(path: str, what: str, words: tuple[str, ...] = tuple(SPREAD)) -> list[Key]:
    return [Key(f"{path}.{word}", NUMBER, f"{what}: {SPREAD[word]}", True) for word in words]



def _lines(key: str, what: str) -> list[Key]:
    return [
        Key(f"{key}[].text", TEXT, f"a line of `{key}:`, {what}", expect=False),
        Key(
            f"{key}[].held", FLAG, "whether it held; a value that does not exist fails it",
            expect=False,
        ),
        Key(
            f"{key}[].value", NUMBER, "the value it is about, in the unit of its key", True,
            expect=False,
        ),
        Key(
            f"{key}[].why", TEXT,
            "why it cannot be judged and so did not hold: an outage was open at the end", True,
            expect=False,
        ),
    ]  # fmt: skip


_RUN = [
    Key("schema_version", INTEGER, "2; it rises when a key changes its meaning", expect=False),
    Key("scenario", TEXT, "the scenario's name"),
    Key("seed", INTEGER, "what all draws come from", expect=False),
    Key("plane", TEXT, "the data plane that ran"),
    Key(
        "duration_s", NUMBER, "simulated time, warm-up included; less than asked if `partial`",
        expect=False,
    ),
    Key("warm_up_s", NUMBER, "time at the start that the results leave out", expect=False),
    Key("partial", FLAG, "whether the run was interrupted"),
    *_lines("expect", "a promise"),
    *_lines("shows", "what makes the scenario a lesson; no verdict"),
]  # fmt: skip
CAUSES = {
    "noticed": "time until the control plane had noticed the failure",
    "writer": "then until a writer was open",
    "record": "then until the endpoint's record named it",
    "cache": "then until the process's cached answer expired that led elsewhere",
    "socket": "then until its last hung or broken connection was given up",
    "poison": "then until its last connection to a server that only reads refused a write",
    "connection": "then until its last connection was opened",
    "answer": "then until it was answered: waiting, and work",
}
"""Why an outage lasted, by the earliest condition unmet: a mean over the processes that had it."""
W = "workloads.<workload>"
_WORKLOAD = [
    Key(
        f"{W}.due_per_s", NUMBER,
        "requests due, per second after warm-up, those open at the end among them", True,
    ),
    Key(f"{W}.good_per_s", NUMBER, "of these the good ones, per second", True),
    Key(f"{W}.transactions_per_s", NUMBER, "requests that succeeded, by finish", True),
    Key(f"{W}.statements_per_s", NUMBER, "statements that succeeded, by finish", True),
    Key(f"{W}.reads_per_s", NUMBER, "of these the reads", True),
    Key(f"{W}.writes_per_s", NUMBER, "of these the writes; BEGIN and COMMIT are none", True),
    Key(
        f"{W}.stale_ratio", NUMBER,
        "share of its reads that missed a commit acknowledged before they were sent", True,
        share=True,
    ),
    Key(f"{W}.requests.due", INTEGER, "requests due: good + bad + open"),
    Key(f"{W}.requests.good", INTEGER, "of these good"),
    Key(f"{W}.requests.bad", INTEGER, "of these bad"),
    Key(f"{W}.requests.open", INTEGER, "of these unfinished at the end and not bad"),
    *(Key(f"{W}.errors.{each.word}", INTEGER, each.meaning) for each in ERRORS),
    *_spread(f"{W}.latency_ms", "good requests, from intended arrival to the last answer"),
    *_spread(f"{W}.commit_latency_ms", "commits that succeeded, from send to answer"),
    *_spread(f"{W}.failed_latency_ms", "bad requests, from intended arrival to giving up"),
    Key(f"{W}.availability.requests", NUMBER, "good / (good + bad)", True, share=True),
    Key(
        f"{W}.availability.time", NUMBER,
        "1 - time in outages / time after warm-up, both summed over the processes that asked", True,
        share=True,
    ),
    Key(
        f"{W}.unanswered_after_s", NUMBER,
        "run.outage_threshold + five of its unloaded times: who waits longer is unanswered",
    ),
    Key(
        f"{W}.impaired_s", NUMBER,
        "windows of 10 s in which more than 5 % of the requests that finished were bad, in all",
    ),
    Key(f"{W}.processes.count", INTEGER, "application processes, each with a pool of its own"),
    Key(
        f"{W}.processes.asked", INTEGER,
        "of these, that had a request due, or still waiting, after warm-up",
    ),
    Key(
        f"{W}.outage.max_s", NUMBER,
        "the longest outage of any process, of one that is open its length so far; 0 if none",
    ),
    Key(
        f"{W}.outage.mean_s", NUMBER,
        "the mean of each process's longest outage, over those that asked; 0 for who had none",
    ),
    Key(f"{W}.outage.total_s", NUMBER, "time in which any process was out: all of duration_s"),
    Key(f"{W}.outage.count", INTEGER, "outages of the workload"),
    Key(f"{W}.outage.process_seconds", NUMBER, "the outages of all processes, one after another"),
    *(
        Key(
            f"{W}.outage.causes_s.{word}", NUMBER,
            f"of all its outages, on average over the processes that asked: {what}",
        )
        for word, what in CAUSES.items()
    ),
    Key(
        f"{W}.outages[].start_s", NUMBER,
        "when the first troubled request of one of its processes fell due, but not before that"
        " process's last good completion and the end of warm-up", expect=False,
    ),
    Key(
        f"{W}.outages[].first_back_s", NUMBER,
        "when the first of its processes had its next good completion; null if none had", True,
        expect=False,
    ),
    Key(
        f"{W}.outages[].half_back_s", NUMBER,
        "when half of its processes were back, and stayed so; null if not by the end", True,
        expect=False,
    ),
    Key(
        f"{W}.outages[].end_s", NUMBER,
        "when the last of its processes was back; null where the run ended before it", True,
        expect=False,
    ),
    Key(
        f"{W}.outages[].duration_s", NUMBER,
        "end_s - start_s; of one that is open, up to the run's end: it lasts at least so long",
        expect=False,
    ),
    Key(
        f"{W}.outages[].longest_s", NUMBER, "the longest of any of its processes in it",
        expect=False,
    ),
    Key(
        f"{W}.outages[].processes", NUMBER, "share of the processes that asked that had it",
        expect=False, share=True,
    ),
    Key(
        f"{W}.outages[].process_seconds", NUMBER, "for how long its processes were out, in all",
        expect=False,
    ),
    *(
        Key(f"{W}.outages[].causes_s.{word}", NUMBER, what, expect=False)
        for word, what in CAUSES.items()
    ),
]  # fmt: skip
C = "clusters.<cluster>"
F, R, V = f"{C}.failovers[]", f"{C}.readers.<instance>", f"{C}.volume"
_CLUSTER = [
    Key(f"{C}.region", TEXT, "the AWS region"),
    Key(f"{C}.engine", TEXT, "the database"),
    Key(f"{F}.cause", TEXT, "what made the writer's seat change"),
    Key(f"{F}.start_s", NUMBER, "when the fault struck, or the failover was asked for"),
    Key(f"{F}.detected_s", NUMBER, "when the control plane noticed", True),
    Key(f"{F}.promoted_s", NUMBER, "when the new writer accepts statements", True),
    Key(f"{F}.endpoint_moved_s", NUMBER, "when the cluster endpoint's record names it", True),
    Key(
        f"{F}.writer_lost_s", NUMBER,
        "when there was no writer any more: at start_s, or where it was asked for when the old one"
        " closed its sessions",
    ),
    Key(
        f"{F}.completed_s", NUMBER,
        "when an event tells that one which was asked for is completed; null for a failure", True,
    ),
    Key(f"{F}.database_outage_s", NUMBER, "promoted_s - writer_lost_s", True),
    Key(
        f"{F}.client_outage_s", NUMBER,
        "the longest outage of workloads with driver `plain` on the cluster endpoint, or on the"
        " global one if the cluster was the primary at start_s, that overlaps the time from"
        " start_s until their DNS caches have run out after endpoint_moved_s; of an open one its"
        " length so far; 0 without an outage, null without such a workload", True,
    ),
    Key(f"{F}.from", TEXT, "the writer before"),
    Key(f"{F}.to", TEXT, "the writer after", True),
    Key(f"{C}.restarts[].instance", TEXT, "the instance that went down and came back"),
    Key(f"{C}.restarts[].cause", TEXT, "why"),
    Key(f"{C}.restarts[].start_s", NUMBER, "when it went down"),
    Key(f"{C}.restarts[].end_s", NUMBER, "when it accepted statements again", True),
    *_spread(f"{R}.lag_ms", "lag of redo applied after warm-up", ("mean", "p50", "p99", "max")),
    Key(f"{R}.reads", INTEGER, "reads it answered, by finish after warm-up"),
    Key(f"{R}.stale_reads", INTEGER, "of these, that missed a commit acknowledged before"),
    Key(f"{R}.stale_ms.mean", NUMBER, "how far behind stale reads were, on average", True),
    Key(f"{R}.stale_ms.max", NUMBER, "the same at worst", True),
    Key(
        f"{C}.instances.<instance>.cpu_ratio", NUMBER,
        "share of its vCPU time used, over the whole measured time, down time included", True,
    ),
    Key(
        f"{C}.instances.<instance>.cpu_busiest_ratio", NUMBER,
        "the same in its busiest window: of 60 s, or a tenth of the measured time if that is under"
        " 10 min; whole windows only, null where there is none", True,
    ),
    Key(
        f"{C}.instances.<instance>.cpu_p95_ratio", NUMBER,
        "the same, 95th percentile of these windows", True,
    ),
    Key(f"{C}.instances.<instance>.hit_ratio", NUMBER, "share of pages found in the buffer", True),
    Key(
        f"{C}.instances.<instance>.connections_max", INTEGER,
        "the most connections at once, warm-up included",
    ),
    Key(
        f"{C}.instances.<instance>.connections_limit", INTEGER,
        "its max_connections at the end: the cluster's, else what the class's default parameter "
        "group allows, or what it was resized to, the slots that PostgreSQL reserves among them; "
        "connections_max may be above it, from before",
    ),
    Key(f"{V}.bytes", INTEGER, "size of the volume at the end: the space its data ever took"),
    Key(f"{V}.limit_bytes", INTEGER, "the size up to which it grows"),
    Key(
        f"{V}.growth_bytes_per_s", NUMBER,
        "by how much it grew, per second after warm-up; null where it did not", True,
    ),
    Key(
        f"{V}.full_in_s", NUMBER,
        "from the end of the run, when it will be at its limit if it goes on growing as it did on"
        " average after warm-up; 0 where it is full, null where it is not and did not grow", True,
    ),
    Key(
        f"{V}.protection_groups", INTEGER,
        "groups of 10 GiB at the end, six segments each",
    ),
    Key(f"{V}.write_unavailable_s", NUMBER, "time a group had no write quorum, warm-up included"),
    Key(f"{V}.read_unavailable_s", NUMBER, "time a group had no live segment, warm-up included"),
    Key(
        f"{V}.ios_per_transaction", NUMBER,
        "I/Os between instances and storage after warm-up, each of the six copies of a write"
        " counted, per transaction", True,
    ),
    Key(f"{V}.repairs", INTEGER, "segments copied anew from their peers, warm-up included"),
    Key(
        f"{C}.acknowledged_commits_lost", INTEGER,
        "acknowledged commits with a record that no surviving segment of its group holds and no"
        " live writer can still send; counted when a group falls below its read quorum and at"
        " each recovery, warm-up included",
    ),
    Key(f"{C}.role", TEXT, "`primary`, `secondary`, or `out`: to be built anew; at the end"),
    *_spread(
        f"{C}.replication_lag_ms",
        "from the moment a record is durable at the primary until a secondary's volume has it, of"
        " the oldest record of each batch applied after warm-up; where nothing arrives for a whole"
        " interval, the age of what is lacking at its end", ("mean", "p50", "p99", "max"),
    ),
    Key(f"{C}.replication_backlog.bytes", INTEGER, "redo still to come from the primary"),
    Key(f"{C}.replication_backlog.commits", INTEGER, "commits in it, at the end"),
    Key(f"{C}.cost", NULL, "not built yet"),
    Key(f"{C}.cost_reason", TEXT, "why there is no cost"),
]  # fmt: skip
G = "global.failovers[]"


def _move(path: str) -> list[Key]:
    return [
        Key(f"{path}.from", TEXT, "the primary before"),
        Key(f"{path}.to", TEXT, "the primary after"),
        Key(f"{path}.writer", TEXT, "the instance that was promoted there", True),
        Key(f"{path}.start_s", NUMBER, "when it was asked for"),
        Key(f"{path}.promoted_s", NUMBER, "when the new writer accepts statements", True),
        Key(f"{path}.endpoint_moved_s", NUMBER, "when the global endpoint names it", True),
        Key(f"{path}.rejoined_s", NUMBER, "when the old primary, there again, follows", True),
        Key(
            f"{path}.database_outage_s", NUMBER,
            "promoted_s - start_s, or since the old primary had lost its writer before", True,
        ),
        Key(
            f"{path}.client_outage_s", NUMBER,
            "the longest overlapping outage of workloads on the global endpoint with driver"
            " `plain`, as for a failover; 0 without an outage, null without such a workload", True,
        ),
    ]  # fmt: skip


_GLOBAL = [
    *_move(G),
    Key(f"{G}.recovery_point.commits", INTEGER, "commits left behind: durable there, lacking here"),
    Key(f"{G}.recovery_point.bytes", INTEGER, "bytes of redo left behind"),
    Key(
        f"{G}.recovery_point.span_s", NUMBER,
        "from the moment the oldest of it became durable until the old primary could write no"
        " more; 0 if nothing was left behind",
    ),
    Key(f"{G}.recovery_time_s.since_request", NUMBER, "promoted_s - start_s", True),
    Key(
        f"{G}.recovery_time_s.since_outage", NUMBER,
        "promoted_s - when the old primary lost its writer; null if it had one", True,
    ),
    *_move("global.switchovers[]"),
    Key(
        "warnings[].kind", TEXT,
        "`replication_lag`: the lag of a secondary grows without end; `fault_without_effect`: a"
        " fault changed nothing, was refused or was given up; `outage_not_over`: an outage was"
        " still going on at the end, so it lasts longer than it says; `trace_cut`, `trace_padded`:"
        " the run is shorter or longer than the measured trace it follows; `trace_compressed`:"
        " under `compress`, some interval of a trace (or some hour of a `daily` curve whose"
        " `period` is under 24 h) kept more than 70 % of an instance's vCPUs,"
        " of its connections or of the client's pool busy, so that queues which would go on"
        " building up had no time to",
    ),
    Key("warnings[].subject", TEXT, "whom it concerns"),
    Key("warnings[].text", TEXT, "what it says"),
]  # fmt: skip
KEYS: tuple[Key, ...] = (*_RUN, *_WORKLOAD, *_CLUSTER, *_GLOBAL)
