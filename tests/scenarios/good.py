"""Good scenarios that between them say every key: what tests mutate and write out."""

from __future__ import annotations

LONG_FORM = """\
name: every-key
question: What does every key do?
learn: >
  That it is read.
run: {duration: 20 min, warm_up: 1 min, seed: 7, outage_threshold: 1500 ms}
model: {time_slice: none, read_cpu: 60 us, statement_cpu_cv: 0.5, redo_record_bytes: 300 B}
cluster:
  name: shop
  engine: aurora-postgresql
  region: eu-west-1
  storage: {size: 500 GiB, limit: 64 TiB, type: io-optimized, lsn_allocation_limit: 1000000}
  dns_ttl: 5 s
  instances:
    - {name: db-1, class: db.r6g.2xlarge, az: a, promotion_tier: 1, vcpu: 6, cache: cold}
    - {name: db-2, class: db.r6g.2xlarge, az: b, promotion_tier: 0}
    - {name: db-3, class: db.r6g.large, promotion_tier: 15}
workload:
  - name: orders
    endpoint: cluster
    arrivals: {rate: 1200/s}
    transaction: sysbench-oltp-write-only
    data: {working_set: 8 GiB, access: uniform}
    client:
      az: b
      pool: 40
      queue: 0
      connect_timeout: 2 s
      statement_timeout: 5 s
      dns_cache: 0 s
      driver: plain
      give_up: 1 min
      retry: {attempts: 3, backoff: 50 ms, max_backoff: 1 s, jitter: none}
  - name: browsing
    endpoint: reader
    connections: 64
    think_time: {mean: 20 ms, law: exponential}
    transaction:
      - {kind: begin}
      - {kind: select, repeat: 10, cpu: {law: exponential, mean: 1 ms}, pages: 1}
      - {kind: select, cpu: {law: lognormal, mean: 1 ms, cv: 0.5}}
      - {kind: range, cpu: {law: erlang, mean: 1 ms, shape: 3}}
      - {kind: range, cpu: {law: hyperexponential, mean: 1 ms, cv: 2}}
      - {kind: commit}
    data: {working_set: 8 GiB, access: {law: zipf, exponent: 1.1}}
  - name: night-batch
    endpoint: db-3
    arrivals: {stages: [{for: 1 min, rate: 100/s}, {for: 30 s, rate: 500/s}], start_rate: 5/min}
    transaction:
      - {kind: insert, modifies: 4, redo: 600 B, cpu: 200 us, grows: 1 MiB}
      - {kind: delete, frees: 900 B}
    data: {working_set: 2 GiB, access: {law: special, hot: 1 %, hits: 75 %}, table: log}
  - name: day
    arrivals: {daily: {mean: 500/s, peak: 900/s, peak_at: 14 h, period: 24 h}}
    transaction: sysbench-oltp-read-only
    data: {access: {law: pareto, h: 0.2}, table: log}
  - name: sale
    arrivals: {burst: {rate: 100/s, to: 800/s, at: 5 min, for: 30 s}}
    transaction: sysbench-update-index
faults:
  - {at: 1 min, host_failure: {instance: db-1}, for: 10 min}
  - {at: 2 min, host_failure: writer}
  - {at: 3 min, crash: {what: dispatcher, instance: db-2}}
  - {at: 3 min, crash: node}
  - {at: 4 min, failover: {to: db-2}}
  - {at: 5 min, failover: {}}
  - {at: 6 min, reboot: {instance: db-2}}
  - {at: 7 min, az_outage: {az: a}, for: 10 min}
  - {at: 8 min, segment_loss: {group: 0, segments: [0, 1]}, for: 10 s}
  - {at: 9 min, slow_node: {group: 3, segments: [5], delay: 50 ms}, for: 1 min}
expect:
  - orders.availability.requests >= 95 %
  - workloads.browsing.latency.p99 < 1 s
  - failovers.count >= 1
  - clusters.shop.failovers.0.database_outage < 30 s
  - acknowledged_commits_lost == 0
shows:
  - orders.outage.max > 5 s
cure:
  - what: a DNS cache of nothing
    set: {workload.browsing.connections: 8, cluster.instances.db-3.promotion_tier: 2}
    mends: [failovers.count, orders.availability.requests >= 95 %]
    why: Who asks less is answered sooner.
  - {set: {workload.orders.client.pool: 41}, mends: [acknowledged_commits_lost]}
"""

SHORT_FORM = """\
name: short
run: {duration: 30 s}
cluster:
  engine: aurora-mysql
  writer: {class: db.r6g.large, az: b}
  readers: {count: 3, class: db.r5.large}
workload:
  - name: orders
    connections: 8
    think_time: 5 ms
    transaction: sysbench-oltp-read-write
faults:
  - {at: 10 s, host_failure: writer}
  - {at: 20 s, az_outage: c, for: 5 s}
expect:
  - orders.outage.max < 60 s
cure: [{set: {cluster.readers.count: 4}, mends: [orders.outage.max]}]
"""

SMALLEST = """\
name: smallest
run: {duration: 1 s}
cluster: {engine: aurora-mysql, instances: [{name: db-1, class: db.t3.medium}]}
workload:
  - {name: reads, connections: 1, transaction: sysbench-point-select}
"""

AT_THE_PEAK = """\
name: az-outage-at-peak
question: What do clients see when the writer's AZ goes dark at the peak of the day?
run: {duration: 20 min, warm_up: 1 min, seed: 1}

cluster:
  engine: aurora-mysql
  region: us-east-1
  storage: {size: 500 GiB, limit: 64 TiB, type: standard}
  instances:
    - {name: db-1, class: db.r6g.2xlarge, az: a, promotion_tier: 1}     # the writer at the start
    - {name: db-2, class: db.r6g.2xlarge, az: b, promotion_tier: 0}
    - {name: db-3, class: db.r6g.2xlarge, az: c, promotion_tier: 15}

workload:
  - name: orders
    endpoint: cluster
    arrivals: {rate: 1200/s}
    transaction: sysbench-oltp-write-only
    data: {working_set: 8 GiB, access: uniform}
    client: {az: b, pool: 40, connect_timeout: 2 s, statement_timeout: 5 s, dns_cache: 5 s,
             driver: plain, retry: {attempts: 3, backoff: 50 ms, jitter: full}}
  - name: browsing
    endpoint: reader
    connections: 64
    think_time: {mean: 20 ms}
    transaction: sysbench-oltp-read-only
    data: {working_set: 8 GiB, access: zipf}

faults:
  - {at: 5 min, az_outage: {az: a}, for: 10 min}

expect:
  - orders.outage.max > 5 s              # bites: without the fault this line fails
  - orders.outage.max < 60 s
  - orders.availability.requests >= 95 %
  - browsing.latency.p99 < 100 ms
  - volume.write_unavailable == 0 s
  - acknowledged_commits_lost == 0
"""

REGIONS = """\
name: every-region
run: {duration: 10 min, warm_up: 1 min}
model: {link_batch: 20 ms, link_bandwidth: 2.5e7, link_jitter_sigma: 0.1, link_apply: 2 us}
clusters:
  - name: virginia
    engine: aurora-mysql
    region: us-east-1
    storage: {size: 40 GiB, lsn_allocation_limit: 100000}
    writer: {class: db.r6g.large, az: b}
    readers: {count: 2}
  - name: dublin
    engine: aurora-mysql
    region: eu-west-1
    storage: {type: io-optimized}
    dns_ttl: 10 s
    endpoint_flap: 12 s
    max_connections: 500
    endpoints:
      - {name: night, members: reader, static: [db-2]}
      - {name: all-but-one, excluded: [db-1]}
    instances:
      - {name: db-1, class: db.r6g.2xlarge, promotion_tier: 0}
      - {name: db-2, class: db.r6g.large, az: c}
  - name: tokyo
    engine: aurora-mysql
    region: ap-northeast-1
    readers: {count: 16, class: db.r5.large}
  - {name: sydney, engine: aurora-mysql, region: ap-southeast-2}
workload:
  - {name: orders, endpoint: global, arrivals: {rate: 100/s}, transaction: sysbench-oltp-write-only,
     client: {region: us-west-2, az: c}}
  - {name: near, endpoint: reader, connections: 4, transaction: sysbench-point-select}
  - {name: browsing, cluster: tokyo, endpoint: reader, connections: 4,
     transaction: sysbench-point-select}
  - {name: reports, cluster: dublin, endpoint: db-2, connections: 1,
     transaction: sysbench-oltp-read-only}
faults:
  - {at: 1 min, region_partition: tokyo, for: 10 s}
  - {at: 2 min, slow_link: {cluster: dublin, delay: 50 ms, bandwidth: 8 MB/s}, for: 30 s}
  - {at: 2 min, slow_link: {cluster: sydney, bandwidth: 16 MB/s}, for: 30 s}
  - {at: 3 min, switchover: {to: dublin}}
  - {at: 4 min, az_outage: {az: a, cluster: tokyo}, for: 20 s}
  - {at: 4 min, segment_loss: {group: 0, segments: [1], cluster: dublin}, for: 20 s}
  - {at: 4 min, failover: {to: db-2, cluster: dublin}}
  - {at: 5 min, host_failure: tokyo-reader-3}
  - {at: 6 min, region_outage: {cluster: dublin}, for: 1 min}
  - {at: 6 min, global_failover: virginia}
expect:
  - clusters.tokyo.replication_lag.p99 < 1 s
  - clusters.sydney.replication_backlog.bytes < 1 GiB
  - global.failovers.0.recovery_point.commits >= 0
  - global.failovers.0.recovery_point.span < 1 s
  - global.failovers.0.recovery_time.since_outage < 2 min
  - global.switchovers.count == 1
  - warnings.count == 0
"""

GOOD = {
    "at the peak": AT_THE_PEAK,
    "long form": LONG_FORM,
    "regions": REGIONS,
    "short form": SHORT_FORM,
    "smallest": SMALLEST,
}
