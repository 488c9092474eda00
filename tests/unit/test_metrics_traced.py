"""A run that shows less than its trace says so: cut, padded, or compressed where it is busy."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurosim import scenario as language
from aurosim import simulation

WORLD = """\
name: traced
run: {warm_up: 2 s}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}, readers: {count: 1}}
workload:
  - name: shop
    arrivals:
      trace: {file: t.csv, statistic: average, period: 1 min, compress: 12, metric: requests}
    transaction:
      - {kind: select, cpu: {law: constant, mean: 26 ms}}
    client: {pool: 100}
"""
# 2 vCPUs of 1.3 times the speed and 26 ms a request: 100 requests/s are all there is.
CALM = (20, 20, 30, 60, 20, 20)
BUSY = (20, 20, 30, 80, 20, 20)


def warnings(folder: Path, rates: tuple[float, ...], **changes: str) -> list[dict[str, str]]:
    rows = [
        f"2026-01-01 {minute // 60:02d}:{minute % 60:02d},{rate}"
        for minute, rate in enumerate(rates)
    ]
    (folder / "t.csv").write_text("\n".join(["timestamp,value", *rows]) + "\n")
    paths = {
        "duration": "run.duration",
        "compress": "workload.shop.arrivals.trace.compress",
        "pool": "workload.shop.client.pool",
        "warm_up": "run.warm_up",
        "cpu": "workload.shop.transaction.0.cpu.mean",
    }
    scenario = language.loads(
        WORLD, "traced", {paths[key]: value for key, value in changes.items()}, folder
    )
    return simulation.run(scenario).summary["warnings"]


def kinds(found: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(each["kind"], each["subject"]) for each in found]


def test_a_calm_trace_that_runs_as_long_as_it_is_says_nothing(tmp_path) -> None:
    assert warnings(tmp_path, CALM) == []
    assert warnings(tmp_path, CALM, duration="30 s") == []


def test_a_run_that_cuts_its_trace_says_what_it_did_not_see(tmp_path) -> None:
    found = warnings(tmp_path, CALM, duration="12 s")
    assert kinds(found) == [("trace_cut", "shop")]
    assert "lasts 30 s and the run 12 s: the last 18 s" in found[0]["text"]
    assert "its busiest interval among them" in found[0]["text"]
    later = warnings(tmp_path, CALM, duration="25 s")
    assert "busiest" not in later[0]["text"], "the peak at 15 s was run"


def test_a_run_that_pads_its_trace_with_silence_says_so(tmp_path) -> None:
    found = warnings(tmp_path, CALM, duration="40 s")
    assert kinds(found) == [("trace_padded", "shop")]
    assert "for 10 s nothing was asked" in found[0]["text"]


def test_a_busy_interval_under_compression_is_told(tmp_path) -> None:
    found = warnings(tmp_path, BUSY)
    assert kinds(found) == [("trace_compressed", "shop")]
    assert "of writer's vCPUs were busy in shop's interval at 15 s" in found[0]["text"]
    assert "compress 12 leaves 5 s of the 1 min" in found[0]["text"]
    assert 75 <= int(found[0]["text"].partition(" ")[0]) <= 86
    assert warnings(tmp_path, BUSY, compress="1") == [], "uncompressed, what queues is seen"


def test_an_interval_shorter_than_the_recorders_is_reckoned_by_its_rate(tmp_path) -> None:
    """6,000 times faster an interval is 10 ms, and ten of them are one of the recorder's. Of
    requests a hundred times as many and as light none of the recorder's is more than 40 % busy,
    but one of the trace's asks for 110 %."""
    calm = (2000,) * 600
    short = {"compress": "6000", "warm_up": "1 s", "cpu": "0.26 ms"}
    found = warnings(tmp_path, (*calm[:255], 11_000, *calm[256:]), **short)
    assert kinds(found) == [("trace_compressed", "shop")]
    assert warnings(tmp_path, calm, **short) == []


@pytest.mark.parametrize(("pool", "told"), [("100", 0), ("2", 1)])
def test_a_pool_that_is_nearly_all_in_use_counts_as_well(tmp_path, pool: str, told: int) -> None:
    found = warnings(tmp_path, CALM, pool=pool)
    assert len(found) == told
    assert all("the pool's 2 connections" in each["text"] for each in found)


def test_an_instance_that_is_nearly_full_of_connections_counts_as_well(tmp_path, monkeypatch):
    """The limit of the class is 1,000: a pool of 100 is 10 % of it, and of 120 would be 83 %."""
    from aurosim.catalog.engines import Engine

    monkeypatch.setattr(Engine, "max_connections", lambda self, kind: 120)
    found = warnings(tmp_path, CALM)
    assert kinds(found) == [("trace_compressed", "shop")]
    assert "writer's connections" in found[0]["text"]


DAILY = """\
name: short-day
run: {warm_up: 2 s, duration: 2 min}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}, readers: {count: 1}}
workload:
  - name: shop
    arrivals: {daily: {mean: 40/s, peak: 55/s, peak_at: 60 s, period: 2 min}}
    transaction:
      - {kind: select, cpu: {law: constant, mean: 26 ms}}
    client: {pool: 100}
"""
# The same 100 requests/s are all there is.


def of_a_day(**changes: str) -> list[dict[str, str]]:
    paths = {name: f"workload.shop.arrivals.daily.{name}" for name in ("mean", "peak", "period")}
    paths |= {"duration": "run.duration", "pool": "workload.shop.client.pool"}
    scenario = language.loads(
        DAILY, "short-day", {paths[key]: value for key, value in changes.items()}, Path()
    )
    return simulation.run(scenario).summary["warnings"]


def test_a_day_played_in_two_minutes_is_told_where_an_hour_is_busy() -> None:
    """Its hours are 5 s, and the busy one is at its peak; a calm day's queues matter to nobody."""
    assert of_a_day() == []
    found = of_a_day(peak="80/s")
    assert kinds(found) == [("trace_compressed", "shop")]
    text = found[0]["text"]
    assert "% of writer's vCPUs were busy in the hour of shop's day that begins at" in text
    at_s = int(text.partition("begins at ")[2].partition(" s.")[0])
    assert 40 <= at_s <= 75
    assert "A day of 24 h played in 2 min leaves its queues 1/720 of the time" in text
    assert 71 <= int(text.partition(" ")[0]) <= 95


def test_a_day_that_lasts_a_day_is_not_told() -> None:
    """Two minutes of its peak are as busy, and what queues in them is seen."""
    assert of_a_day(peak="80/s", period="24 h") == []
    assert kinds(of_a_day(peak="80/s", period="23 h")) == [("trace_compressed", "shop")]


@pytest.mark.parametrize("period", ["10 ms", "1 s"])
def test_a_day_of_less_than_an_interval_is_reckoned_by_its_rate(period: str) -> None:
    """Its hours are shorter than what the recorder keeps: the busiest counts by its rate."""
    assert kinds(of_a_day(peak="80/s", period=period)) == [("trace_compressed", "shop")]


def test_a_pool_that_a_short_day_fills_counts_as_well() -> None:
    (found,) = of_a_day(pool="2")
    assert "the pool's 2 connections" in found["text"]
