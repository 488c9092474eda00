"""The prose of the language's reference on measured traces: what to export, how, and what
compressing does."""

from __future__ import annotations

from typing import Final

TRACES: Final = """
## <a id="traces"></a>Traces

A trace is traffic as it was measured. Its points may stand in any order; it decides `run.duration`
where that is not said. A run that is shorter or longer than its trace warns (`trace_cut`,
`trace_padded`): what was left out may have been the peak, and silence makes shares look better.

**What to export.** A request is a whole transaction, so export what counts transactions:

- `CommitThroughput` (Average), of the writer: commits per second. What only reads may not be in it.
- `Queries` (Average; Aurora MySQL): statements per second. Say `statements_per_request`, how many
  statements a transaction has; each value is divided by it.
- The requests that your load balancer or application counts (Sum); `scale` makes transactions of
  them, if one request takes several.

No traffic, and refused: `CPUUtilization`, latencies, connections, and whatever else is not counted.
Values that are at most 100 are asked about if they have decimals, if their column or label says
percentages (`cpu`, `percent`, `util`, `%`), or if nothing names them and there are a dozen or more;
`metric: requests` answers. The Sum of a metric
per second is refused as well, and the Average of one that is counted.

**How.** What either command prints is read as it is, in any file:

```sh
aws cloudwatch get-metric-statistics --namespace AWS/RDS --metric-name CommitThroughput \\
  --dimensions Name=DBClusterIdentifier,Value=shop-prod Name=Role,Value=WRITER \\
  --start-time 2026-01-15T00:00:00Z --end-time 2026-01-16T00:00:00Z \\
  --period 300 --statistics Average --output json > traffic.json
aws cloudwatch get-metric-statistics --namespace AWS/ApplicationELB --metric-name RequestCount \\
  --dimensions Name=LoadBalancer,Value=app/shop/0123456789abcdef \\
  --start-time 2026-01-15T00:00:00Z --end-time 2026-01-16T00:00:00Z \\
  --period 300 --statistics Sum --output json > traffic.json
aws cloudwatch get-metric-data --metric-data-queries file://queries.json \\
  --start-time 2026-01-15T00:00:00Z --end-time 2026-01-16T00:00:00Z --output json > traffic.json
```

```yaml
arrivals: {trace: {file: traffic.json}}                                   # get-metric-statistics
arrivals: {trace: {file: traffic.json, statements_per_request: 5}}        # the same, of Queries
arrivals: {trace: {file: traffic.json, metric: commits, statistic: average}}      # get-metric-data
arrivals: {trace: {file: day.csv, column: hits, statistic: sum, period: 5 min}}   # any other CSV
```

Period, statistic and metric follow from what the file says: `get-metric-data` does not say its
statistic, and of several series `metric` picks one; a CSV says neither period nor statistic. Also
read: `--output text` of `get-metric-statistics`, and two columns of times and values without a
head, parted by commas, tabs or semicolons. A value like `"1,050"` is a thousand and fifty where
commas part the columns; parted by semicolons it could be 1.05 as well, and is refused. Times are
ISO or seconds or milliseconds since 1970; write them in UTC, for where clocks are put back two
points share a time, and are refused. At most 10 MB and 200,000 points.

**What compressing does.** `compress: 12` runs a day in two hours. Rates stay, and what a vCPU or a
pool is asked for each second stays; but a period lasts a twelfth of its time, and so does a queue
that builds up in it. What would wait for minutes waits for seconds, nobody's patience ends, and
latencies and availability look better than they are. The shipped `measured-traffic` at `scale: 100`
under seed 1 (its writer then has too little for some of the day):

| compress | p99 | available |
|---|---|---|
| 300 | 2,970 ms | 100 % |
| 12 | 8,790 ms | 99.79 % |
| 1 | 9,190 ms | 99.49 % |

As long as no queue outlasts a period nothing changes but the number of requests. A warning
(`trace_compressed`) says when an interval kept more than 70 % of an instance's vCPUs, of its
connections or of the client's pool busy: then run it with `compress: 1`, or only those hours.
A `daily` curve with a `period` under 24 h is a compressed day as well (`period: 2 min` by 720), and
warns alike, by the hours of its day: then run the hours around its peak with `period: 24 h`. Where
your load does rise and fall in 2 min nothing is compressed, and the warning is not for you.
"""
