"""A measured trace drives the load: Poisson arrivals around the trace's rates.

Intended arrivals in each interval are counted from the finished-statement rows and compared with
what the trace asks for: chi-square over all intervals (those expecting under 5 pooled), and no
interval beyond 6 sigma. False alarms: the chi-square is accepted for 1e-4 < p < 1 - 1e-4, so 2e-4 a
trace (and 2e-9 an interval), with fixed seeds. Smallest wrongness it must catch: one interval in
ten with 30 % more traffic than asked; a companion plants that. Source: any text on goodness of
fit, e.g. A. Law, Simulation Modeling and Analysis, 5th ed., section 6.6.2.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from aurosim import api, simulation
from aurosim import scenario as language
from aurosim.dataplane.contract import Final
from aurosim.errors import AurosimError
from aurosim.scenario import reading
from aurosim.scenario.arrivals import TraceSpec
from aurosim.scenario.trace import parse_trace

SHIPPED = Path(__file__).parents[2] / "scenarios" / "capacity" / "measured-traffic.csv"
REAL = Path(__file__).parents[3] / "shared" / "data" / "cloudwatch"
REQUESTS = REAL / "elb_request_count_8c0756.csv"
CPU = REAL / "rds_cpu_utilization_e47b3b.csv"

WORLD = """
name: traced
run: {{duration: {duration_s} s, seed: {seed}}}
cluster: {{engine: aurora-mysql, writer: {{class: db.r6g.4xlarge}}}}
workload:
  - name: shop
    arrivals:
      trace: {{file: {file}, statistic: {statistic}, unit: requests, period: 5 min, scale: {scale},
              compress: {compress}, gaps: {gaps}}}
    transaction: sysbench-point-select
    client: {{az: a, pool: 200}}
"""


def world(file: Path, **changes: object) -> str:
    """The scenario's text."""
    values = {
        "duration_s": 288, "seed": 1, "statistic": "sum", "scale": 150, "compress": 300,
        "gaps": "refuse",
    }  # fmt: skip
    return WORLD.format(file=file, **{**values, **changes})


def counts(path: Path) -> npt.NDArray[np.float64]:
    """The values of a file, read by other means than aurosim's."""
    with path.open(encoding="utf-8") as lines:
        return np.array([float(row["value"]) for row in csv.DictReader(lines)])


def arrivals(text: str, intervals: int, width_ns: int) -> npt.NDArray[np.int64]:
    """Intended arrivals in each interval of a run, from the rows."""
    due: list[npt.NDArray[np.int64]] = []

    def sink(block: npt.NDArray[np.void]) -> None:
        due.append(block["due_ns"][block["final"] != Final.NOT].copy())

    simulation.run(language.loads(text, "traced", folder=Path("/")), rows=sink)
    edges = np.arange(intervals + 1) * width_ns
    return np.histogram(np.concatenate(due), edges)[0]


def accepted(found: npt.NDArray[np.int64], mean: npt.NDArray[np.float64]) -> bool:
    """Whether the counts are Poisson with these means, by the rule of the module's docstring."""
    small = mean < 5
    if small.any():
        mean = np.append(mean[~small], mean[small].sum())
        found = np.append(found[~small], found[small].sum())
    off = (found - mean) / np.sqrt(mean)
    p = float(stats.chi2.sf(float((off**2).sum()), len(mean)))
    return 1e-4 < p < 1 - 1e-4 and bool((abs(off) < 6).all())


def test_arrivals_follow_the_shipped_trace() -> None:
    """Each second of the run is five minutes of the trace, at its rate x 150."""
    mean = counts(SHIPPED) * 150 / 300
    found = arrivals(world(SHIPPED), 288, 1_000_000_000)
    assert accepted(found, mean)


def test_the_check_sees_a_tenth_of_the_intervals_30_percent_too_high() -> None:
    """The companion: the same run against a trace that asks for less than was simulated."""
    mean = counts(SHIPPED) * 150 / 300
    found = arrivals(world(SHIPPED), 288, 1_000_000_000)
    mean[::10] /= 1.3
    assert not accepted(found, mean)


@pytest.mark.skipif(not REQUESTS.exists(), reason="the real series is not here (../shared)")
def test_arrivals_follow_real_request_counts() -> None:
    """Two weeks of a load balancer's requests, five minutes in 10 ms, gaps as zero."""
    values = counts(REQUESTS)[:2000]
    text = world(
        REQUESTS, duration_s=20, scale=300, compress=30_000, gaps="zero", seed=3
    )
    with REQUESTS.open(encoding="utf-8") as lines:
        stamps = np.array(
            [row["timestamp"] for row in csv.DictReader(lines)], dtype="datetime64[s]"
        )[:2000]
    slot = ((stamps - stamps[0]).astype(np.int64) + 150) // 300
    mean = np.zeros(2000)
    inside = slot < 2000
    mean[slot[inside]] = values[inside] * 300 / 300 * 0.01
    found = arrivals(text, 2000, 10_000_000)
    assert accepted(found, mean)


@pytest.mark.skipif(not CPU.exists(), reason="the real series is not here (../shared)")
def test_cpu_percentages_are_no_counts() -> None:
    """Values that are not whole cannot be request counts; the message says so and the way out."""
    with pytest.raises(AurosimError, match="whole"):
        language.loads(world(CPU, gaps="zero"), "traced", folder=Path("/"))


def test_cpu_percentages_declared_as_requests_per_second_are_asked_about() -> None:
    """A made series as the real one is: with decimals, between 0 and 100."""
    text = world(Path("cpu.csv"), statistic="average")
    rows = "".join(f"2026-01-15 {n // 12:02}:{n % 12 * 5:02},{14 + n / 7}\n" for n in range(288))
    with pytest.raises(AurosimError, match=r"as CPU percentages have\. Are they requests"):
        parse_trace(f"timestamp,value\n{rows}".encode(), trace_spec(text))


def trace_spec(text: str) -> TraceSpec:
    """The `trace:` of a world's text."""
    tree = reading.read(text, "traced").tree
    return TraceSpec.model_validate(tree["workload"][0]["arrivals"]["trace"])


def shipped_at(compress: float, scale: float = 40) -> api.Run:
    """The shipped scenario, warmed up for four periods of the trace at most."""
    trace = "workload.shop.arrivals.trace"
    return api.run(
        "measured-traffic",
        set={f"{trace}.compress": f"{compress:g}", f"{trace}.scale": f"{scale:g}",
             "run.warm_up": f"{min(60, 1200 / compress):g} s"},
    )  # fmt: skip


def shop(run: api.Run) -> tuple[float, float]:
    """Its p99 in ms, and its availability."""
    found = run.summary["workloads"]["shop"]
    return found["latency_ms"]["p99"], found["availability"]["requests"]


def test_the_shipped_day_is_compressed_by_twelve_at_most_and_nothing_warns() -> None:
    scenario = api.load("measured-traffic")
    trace = scenario.workload[0].arrivals.trace
    assert trace.compress <= 12
    assert scenario.run.duration * trace.compress == 24 * 3600 * 10**9
    assert api.run(scenario).summary["warnings"] == []


def test_the_shipped_day_at_its_limit_warns_while_it_is_compressed() -> None:
    run = shipped_at(300, scale=100)
    assert [each["kind"] for each in run.summary["warnings"]] == ["trace_compressed"]
    p99, available = shop(run)
    assert p99 == pytest.approx(2970, rel=0.3), "the table of docs/language.md"
    assert available == 1.0


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_the_whole_day_uncompressed_keeps_its_promises() -> None:
    run = shipped_at(1)
    assert run.summary["duration_s"] == 24 * 3600
    assert [line["text"] for line in run.summary["expect"] if not line["held"]] == []
    assert run.summary["warnings"] == []


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_what_compressing_hides_is_as_the_language_page_says() -> None:
    """One seed, so the same requests: the figures of the table, within what a new build of the
    plane may move them (5 % of the p99, 0.05 % of the availability); and in its order."""
    told = {300: (2970, 1.0), 12: (8790, 0.9979), 1: (9190, 0.9949)}
    found = {compress: shop(shipped_at(compress, scale=100)) for compress in told}
    for compress, (p99, available) in told.items():
        assert found[compress][0] == pytest.approx(p99, rel=0.05)
        assert found[compress][1] == pytest.approx(available, abs=5e-4)
    assert found[300][0] < found[12][0] < found[1][0]
