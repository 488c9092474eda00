"""The prose of the language's reference: what tables of keys cannot say."""

from __future__ import annotations

from typing import Final

INTRODUCTION: Final = """
# The scenario language

<!-- Written by `python -m aurosim.scenario.reference`; edit the models' descriptions instead. -->

A scenario is one YAML file: a cluster, the load on it, what goes wrong, and what should come out.
`aurosim check FILE` says everything that is wrong with it at once, or prints it with nothing left
unsaid; `aurosim schema` prints the JSON Schema for editors; `aurosim new` writes one to begin with.

```yaml
name: host-failure
run: {duration: 3 min, warm_up: 20 s}
cluster:
  engine: aurora-mysql
  writer: {class: db.r6g.large}
  readers: {count: 1}
workload:
  - name: orders
    arrivals: {rate: 100/s}
    transaction: sysbench-oltp-write-only
faults:
  - {at: 1 min, host_failure: writer}
expect:
  - orders.outage.max < 60 s
```

## Values

- **Durations** have a unit: `30 s`, `5m`, `5 min`, `1h 30m`, `200 ms`, `PT5M`. Units are ns, us,
  ms, s, min (or m), h, days (or d). The finest is a nanosecond, the longest 400 days. `12:30` is
  refused: it is twelve hours to one reader and twelve minutes to the next.
- **Sizes**: `600 B`, `16 KiB`, `10 GiB`, `8 MB`. **Rates**: `1200/s`, `90/min`. **Shares**: `95 %`,
  or with a point between 0 and 1: `0.95`, `1.0`. A bare number is refused where a unit decides, a
  bare `70` or `1` for a share, too; only 0 needs none.
- **Names** have small letters, digits and `-`, at most 64.
- The file is YAML 1.2, UTF-8, one document: `NO` is text, `1e3` is a number, a key that is there
  twice is an error, and so is one that is not known. Tags and merge keys are not read; anchors are.
  At most 256 KiB, 24 levels, 20,000 values.
"""

PRESETS_TEXT: Final = """
## Presets of transactions
"""

OVERRIDES: Final = """
## Setting values from outside

`--set path=value` replaces one value of the file before it is checked. The path begins at the
file's top; an item of a list is named by its `name` or its number, from 0:
`cluster.instances.db-2.class`, `workload.orders.arrivals.rate`, `faults.0.at`. The value is YAML.
What the file says in short is set in short.
"""

EXPECT: Final = """
## Promises, lessons and cures

`expect:` is *what you promise*. It alone decides what the report says on top and whether
`aurosim run` leaves with 0 or with 99. Where every promise was kept while some workload was
available for less than 99 %, the report says that, too, and is not green.

`shows:` is what a lesson rests on as it is shipped (a client is away for a minute, four in ten
pages come from storage). Its lines are told in grey and decide nothing: who improves the plan
changes them, and `aurosim new --from` leaves them out.

`cure:` names what would mend the promises that break:

```yaml
expect:
  - orders.outage.max < 20 s
shows:
  - orders.errors.connect_timeout > 100
cure:
  - what: a DNS cache no longer than the record's TTL
    set: {workload.orders.client.dns_cache: 5 s}
    mends: [orders.outage.max < 20 s]
    why: The endpoint's record moves within seconds; the old address is dead.
```

`aurosim run FILE --cure` puts all cures of the file in place and writes into a folder of its own
(`...-cured`); `--cure-only N` takes the Nth alone (`...-cureN`), from 1; in Python it is
`aurosim.run(x, cure=True)` and `cure=N`. Cures are applied after `--set`. `set` has paths as
`--set` does, below `cluster`, `clusters`, `workload` or `faults`: another seed or a softer promise
cures nothing. `mends` names lines of `expect:`, or paths, which stand for all lines about them.
Both are checked when the file is loaded, and so is that the cure makes a good scenario. Where
`--set` changed the plan so that a cure no longer fits, the cures are left out. A resolved scenario
says of each cure what it changes of the resolved text, and whether it is `in_place`.

## Lines of `expect:` and `shows:`

A line is `path op number unit`. `op` is one of `>`, `>=`, `<`, `<=`, `==`. The path is the way
through `summary.json` without the unit at the end of its keys (`latency_ms` is `latency`).
`workloads.` may be left out, and `clusters.<name>.` where there is one cluster, as below. The unit
may be any of its kind: us, ms, s, min for a time, `/s` or `/min` for a rate, B to TiB for a size,
nothing for a plain number. A share has `%`, or a point and lies between 0 and 1: `70 %` or `0.7`,
not `70`. A number that the results do not have makes its line fail. `<#>` counts from 0.
"""

EXPECT_UNITS: Final = {
    "ms": "ms",
    "s": "s",
    "/s": "per second",
    "ratio": "share",
    "B": "bytes",
    "": "plain number",
}

RESERVED_TEXT: Final = """
## Words that cannot name a workload

They begin result paths, or mean something else in the language:
"""
