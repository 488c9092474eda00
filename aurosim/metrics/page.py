"""The prose of docs/summary.md: what each word of the summary means."""

from __future__ import annotations

HEAD = """\
# summary.json

<!-- Made by `python -m aurosim.metrics.schema docs` from aurosim/scenario/results.py. -->

The answers of a run, for people and for programs. It is a contract: `schema_version` is 2, it rises
when a key changes its meaning, other changes only add keys, units are in names, and no value is
NaN. A value that does not exist (a percentile of nothing) is `null`, and an `expect:` line on it
fails. The JSON Schema is [summary.schema.json](summary.schema.json).

Version 2 says anew what the end of a run and an outage are. Against version 1: `requests.due` and
`due_per_s` count requests that are open at the end (`requests.open` is new); availability is
good / (good + bad); an outage begins with the first request that fell due and was not answered,
not with the last answer, and `end_s` is `null` where the run ended first.
"""

DEFINITIONS = """
## Definitions

**Time.** `duration` includes `warm_up`. Times of faults and in the results count from 0.
*Measured time* is what lies after warm-up. What happens at the very instant at which warm-up or
the run ends is counted.

**Request.** One transaction with its retries. It is *due* at its intended arrival (closed load:
the end of thinking), so waiting for a connection is part of its latency. It is *good* if it
succeeded in the end, *bad* if it failed, and *unanswered* while it is due and not good for longer
than `unanswered_after_s`, whatever its client's timeout: `run.outage_threshold` (default 1 s) plus
five times its workload's own unloaded time, so that a report of a minute is not down after a
second. The *unloaded time* is what a request takes with no queue anywhere: a round trip for each
statement, the mean CPU time, a read from storage for *every* page it touches (the pessimistic
reading: nothing is in the buffer), and storage's acknowledgement of each commit, on the slowest
instance its endpoint may lead to. Opening a connection is no part of it.

**What is counted when.** Due, good, latency and availability concern requests due after warm-up.
Rates of transactions, statements, reads and writes, and errors, count by finish after warm-up. A
transaction is a request that succeeded; a statement is a round trip that succeeded (BEGIN and
COMMIT are statements, but neither reads nor writes; opening a connection is none).

**The end of the run.** A row that ends after the run does not count: its reply still travels and
its request is unfinished. An unfinished request is bad if it is unanswered and its process had no
good completion since it fell due, or if it is older than `client.give_up` (where it is not said:
attempts x (connect + statement timeout) + the longest backoffs); else it is *open*: a process
that is overloaded and still answers is slow, not down. `requests.due` = good + bad + open. What is
unfinished has no latency.

**Errors.** Each statement and each opening of a connection that did not succeed is one error of
its word, and so is each request refused by its client's full waiting room. A request with three
failed attempts has three errors, and may yet be good; `requests.bad` counts requests.

**Latency.** Of good requests, from the intended arrival to the last answer; that of bad requests
is apart, as `failed_latency_ms`. *Commit latency* is that of COMMIT, from send to answer; in a
transaction without COMMIT, that of each write that commits by itself. Means and maxima are exact,
percentiles within 0.8 % (nearest rank in a log-linear histogram); in the time series within 3.2
%.

**Process.** A workload is one or more application processes (pods, workers, functions), each with
a pool and a resolver's cache of its own. One has *asked* if a request of its fell due, or was still
waiting, after warm-up.

**Outage.** It belongs to a process: a gap between two neighbouring good completions of it that
holds a bad or unanswered request. The outage runs from the due time of the first such request, or
from the last good completion if that is later, to the next good completion. So a crash of 4 s whose
retries win is an outage of 4 s, and who asked nothing had none. In full:

- A gap holds a request that fell due or ended in it. One that was or may yet be good counts if it
  waited for longer than `unanswered_after_s` within the gap; who is overloaded but still answers is
  slow, not down. At least one that counts must have fallen due in the gap; older ones only make
  the outage begin sooner.
- The trouble must last longer than `run.outage_threshold` plus one unloaded time: shorter gaps are
  no outages. It lasts from the outage's start to the gap's end; or, if nobody asked for longer than
  the threshold after the last request in trouble had ended, to that end: one failure and then
  silence is a bad request, no outage.
- Where no good completion follows, the outage is *open*: `end_s` is `null`, `duration_s` is its
  length up to the end of the run, a lower bound, and a warning says so.
- Completions of all requests count, also of those due in warm-up, but no outage begins before the
  end of warm-up.

**A workload's outage** is the union of outages of its processes that overlap one another: `start_s`
to `end_s`, with `first_back_s` and `half_back_s` in between, `processes` (the share of those that
asked that had it), `process_seconds` (for how long they were out, one after another) and
`longest_s` (the longest of any of them). `outage.max` is the longest outage of any process,
`outage.mean` the mean of each one's longest over all that asked, `outage.total` the time in which
any was out, `outage.count` the number of unions. All are 0 where there is none. An `expect:` line
that sets a limit (`<`, `<=`, `==`) to `outage.max`, `outage.mean`, `outage.total` or a
`client_outage` fails while such an outage is open, even if it is shorter so far: what cannot be
judged is no promise kept, and `expect[].why` says so. Lines with `>` and `>=` hold as soon as the
length so far makes them true.

**Availability.** `availability.requests` = good / (good + bad). `availability.time` = 1 - time in
outages / measured time, both summed over the processes that asked; an open outage counts up to the
end.

**Impaired.** Windows of 10 s follow each other from the end of warm-up, and the last may be cut off
by the end of the run. One is impaired if more than 5 % of the requests that finished in it are bad;
`impaired_s` is their length together. A pool with 60 % failing writes has hardly an outage, since
somebody is always answered, and is impaired all the time. A window in which nothing finished is
not: that is an outage.

**Why.** At each instant of a process's outage its cause is the earliest condition that is not met
yet, in this order; so the parts sum to the outage, and there is no rest.

| cause | what is waited for |
|---|---|
| `noticed` | the control plane notices the failure (a move between regions: somebody asks for it) |
| `writer` | a writer is open: promoted, or restarted in place |
| `record` | the endpoint's record names it |
| `cache` | its cached answer expires, or is replaced, that led elsewhere than to who answered |
| `socket` | its last statement in vain ends: reset, given up, timed out, or of unknown outcome |
| `poison` | its last write ends that a server refused which only reads |
| `connection` | its last connection before the answer is open: a storm makes this long |
| `answer` | the answer itself: the queue, and the work |

The first three are the control plane's records of the failover, of the move between regions or of
the writer's restart (for an endpoint of readers there is none of them), the others rows of this
process within the outage. What was never recorded counts as met; in an outage that is open what is
not met goes on: a record that has not moved, a pool whose last statement was a refused write
(`poison`), connections that could not be opened (`connection`), and where none was tried after a
failure, those that it had (`socket`). A second failover within an outage is waited for from its
start. `outages[].causes_s` are means over the processes that had the outage, `outage.causes_s` the
sum of these over the workload's outages.

**Peaks.** `cpu_ratio` is a mean over the measured time and hides its peaks. `cpu_busiest_ratio` and
`cpu_p95_ratio` look at windows of 60 s that follow each other from the end of warm-up; where the
measured time that the scenario asks for is under 10 min, a window is a tenth of it. The last
window counts only if it is whole: a tail shorter than a window is left out, also where a run was
interrupted, and an interruption before the first window's end leaves `null`. The 95th percentile
is the nearest rank, so with fewer than 20 windows it is the busiest itself. Down time is part of a
window, as it is of `cpu_ratio`. `connections_max` beside `connections_limit` says how far an
instance was from refusing connections with `too_many_connections`. The limit is the one at the end:
after an instance became smaller, the most may be above it.

**Promises and lessons.** `expect[]` has the lines of `expect:`, what the scenario promises: they
alone decide whether a run leaves with 0 or with 99. `shows[]` has those of `shows:`, what a lesson
rests on as it is shipped; whoever improves the plan may make them fail, and nothing is red.

**Failover.** `database_outage_s` runs from the fault to the moment the new writer accepts
statements. `client_outage_s` is what users felt: the longest outage, from the fault until the
clients' DNS caches have run out, of any process of workloads on the cluster endpoint, or the
primary's global one, with driver `plain`; a lower bound if it is open. The difference is DNS, dead
sockets and pools.

**Volume.** It takes space for each row inserted, reuses what DELETEs freed, and never shrinks.
`full_in_s` draws a straight line from the end of the run: what is left to the limit, divided by
the mean growth of the measured time. It holds as long as the load stays what it was; 0 means that
no byte is left.

**Readers.** An instance is listed if it was a reader at the start or applied redo as one later. A
read is *stale* if its key was changed by a commit acknowledged before the read was sent and not
applied there yet; `stale_ms` says how far behind it was. At a reader of a secondary cluster a read
is stale if that reader missed *any* record, whatever its key, that was durable at the primary when
the read was sent; its lag counts from that moment too and so holds the link's.

**Commits that are gone, or late.** Three words for three things. *Lost* is what a volume had and
has no more: `acknowledged_commits_lost`. *Left behind* is what a failover between regions did not
take along: its recovery point, durable in the old primary and lacking in the new one; it is gone
once the old primary is built anew, and no volume lost it, so it is not in
`acknowledged_commits_lost`. The *backlog* of a secondary is on its way: `replication_backlog` is
what it has not received yet at the end of the run; it is what would be left behind if someone
failed over to it then.

**Regions.** `global` tells of the primary's moves between regions; `clusters.<name>.failovers` of
those within one. A *warning* of kind
`replication_lag` says that the lag of a secondary grows without end: at the end of the run the
oldest record it lacks is older than the catalog's `replication_lag_typical`, and the mean of that
age rose from each quarter of the second half of the measured time to the next. It is not given
for a cluster that followed nobody in some of that time. One of kind `fault_without_effect` names a
fault that hit nothing, was refused (a failover to whom cannot take over) or was given up on the
way (a move between regions that was stuck), and says why: the run then tells less than it was
asked.
"""

ERRORS_HEAD = "\n## Error words\n\nWhat each engine calls them stands beside.\n\n"
KEYS_HEAD = "\n## Keys\n\n| key | type | unit | meaning |\n|---|---|---|---|\n"

FRAMES = """
## Time series, events and latency

`timeseries.csv` has a row for each of at most 1,200 intervals: `time_s` (its start), `width_s`,
then

- `workloads.<name>.` `due_per_s` (by due time), `good_per_s`, `bad_per_s`, `statements_per_s`,
  `reads_per_s`, `writes_per_s`, `errors.<word>_per_s` (by finish), `latency_p50_ms`,
  `latency_p99_ms`, `latency_max_ms` (good requests, by finish), `in_system` (mean number of
  requests due and not ended), `out_ratio` (the share of processes that were in an outage, on
  average, of those that asked), `connections_nowhere` (places in its pools without an open
  connection), `connections_astray` (open ones of a writer's endpoint that lead to an instance that
  is not the writer; both at the interval's end), and `trace_per_s` where the load follows a
  measured trace: what that asks for;
- `instances.<name>.` `cpu_ratio`, `hit_ratio`, `sessions.cpu`, `sessions.commit`,
  `sessions.read`, `sessions.log` (average active sessions by what they wait for), `connections`
  (its sessions), `connections_held` (those that clients have and that lead here, alive or not),
  `connections_zombies` (sessions whose clients are gone; all three at the interval's end), and for
  readers `lag_mean_ms`, `lag_max_ms`;
- `clusters.<name>.` `redo_bytes_per_s`, `storage_writes_per_s`, `storage_reads_per_s`,
  `commits_waiting`, `used_bytes` (the size of the volume), `protection_groups` (all three at the
  interval's end), and the worse of its two ends: `copies_min` (fewest live segments of any group),
  `groups_below_write_quorum`, `groups_below_read_quorum`; for secondaries
  `replication_lag_mean_ms`, `replication_lag_max_ms` (of batches applied in the interval) and
  `replication_backlog_bytes` (at its end).

The time series cover the whole run, warm-up included. What does not exist is empty.

`events.csv` has `start_s`, `end_s` (empty: not over when the run ended), `kind`, `cluster`,
`subject`, `cause`, `detail`. Outages of workloads are among the events, as kind `outage`; the
detail of an open one says `at least`.

The frame `processes` has a row for each process that had an outage: `workload`, `process` (its
number there, from 0), `outages`, `longest_s`, `out_s` (all of them) and, for each cause,
`<cause>_s`.

The frame `latency` has a row for each workload and kind (`request`, `failed`, each kind of
statement, `commit` as defined above, `connect`) that happened: `count`, `mean_ms`, `p50_ms`,
`p90_ms`, `p95_ms`, `p99_ms`, `p999_ms`, `max_ms`. Statements count by finish after warm-up.
"""
