"""summary.json: every key by hand, the schema, the page, and what `expect:` lines find in it."""

from __future__ import annotations

import copy
import json
import math
import re
from dataclasses import replace
from functools import cache

import jsonschema
import numpy as np
import pytest

from aurosim.control.events import Event
from aurosim.dataplane.contract import LAG, ROLE_GLOBAL, Outcome, StatementKind
from aurosim.metrics import schema
from aurosim.metrics.recorder import Recorder
from aurosim.metrics.summary import summarise
from aurosim.scenario.paths import LEAVES, resolve
from aurosim.scenario.results import KEYS
from tests import control_records as records
from tests.metrics_story import (
    BROWSE,
    DB_2,
    MS,
    S,
    bad,
    block,
    close,
    finish,
    good,
    look,
    ns,
    observation,
    recorder,
    row,
    run,
)
from tests.tidy.source import ROOT


def summary(made: Recorder, control=None, *expect: str, shows: tuple[str, ...] = ()):
    control = control or records.Control()
    scenario = records.scenario(*expect, shows=shows)
    return summarise(scenario, made, control, seed=7, plane="simpy")


def busy() -> Recorder:
    """20 s, 2 of them warm-up: 12 s of good orders, a failure and an outage, some reads."""
    rows = [good(t, due_s=t - 0.3) for t in np.arange(0.5, 12.1, 0.5)]
    rows += [bad(15, due_s=13), bad(16, due_s=14, outcome=Outcome.CONNECT_TIMEOUT)]
    rows += [good(18, due_s=17.5), good(19, due_s=18.5), good(20, due_s=19.5)]
    rows += [row(t, workload=BROWSE, kind=StatementKind.SELECT, instance=DB_2, stale_s=t / 1000)
             for t in (3, 5)]  # fmt: skip
    return run(recorder(warm_up_s=2), *rows, open_due_s=[19.9])


def test_rates_and_availability_by_hand() -> None:
    """Good orders due after 2 s: at 2.5 ... 12.0 (20) and three at the end; 2 bad; 18 s."""
    orders = summary(busy())["workloads"]["orders"]
    assert orders["requests"] == {"due": 26, "good": 23, "bad": 2, "open": 1}
    assert orders["due_per_s"] == pytest.approx(26 / 18)
    assert orders["good_per_s"] == pytest.approx(23 / 18)
    assert orders["transactions_per_s"] == pytest.approx(24 / 18)  # and the one at 2.0
    assert orders["availability"]["requests"] == pytest.approx(23 / 25)
    (outage,) = orders["outages"]
    assert (outage["start_s"], outage["end_s"], outage["duration_s"]) == (13.0, 18.0, 5.0)
    assert (outage["processes"], outage["process_seconds"], outage["longest_s"]) == (1.0, 5.0, 5.0)
    assert orders["availability"]["time"] == pytest.approx(13 / 18)
    assert orders["unanswered_after_s"] == pytest.approx(1 + 5 * 0.006, abs=1e-4)
    assert orders["errors"]["statement_timeout"] == orders["errors"]["connect_timeout"] == 1
    assert orders["failed_latency_ms"]["mean"] == 2000


def test_what_does_not_exist_is_null() -> None:
    found = summary(run(recorder()))
    browse, db_1 = found["workloads"]["browse"], found["clusters"]["main"]["instances"]["db-1"]
    assert set(browse["latency_ms"].values()) == {None}
    assert browse["availability"] == {"requests": None, "time": 1.0}
    assert db_1["hit_ratio"] is None
    assert found["clusters"]["main"]["volume"]["ios_per_transaction"] is None
    assert found["clusters"]["main"]["cost"] is None


def test_readers_tell_of_lag_and_stale_reads() -> None:
    made = recorder(warm_up_s=2)
    made.lag(np.array([(DB_2, ns(3), 10 * MS), (DB_2, ns(4), 30 * MS)], LAG))
    made.rows(block(*[row(t, workload=BROWSE, kind=StatementKind.SELECT, instance=DB_2,
                          stale_s=stale) for t, stale in ((3, 0), (4, 0.002), (5, 0.004))]))
    close(made)
    readers = summary(made)["clusters"]["main"]["readers"]
    assert list(readers) == ["db-2"]
    assert (readers["db-2"]["reads"], readers["db-2"]["stale_reads"]) == (3, 2)
    assert readers["db-2"]["stale_ms"] == {"mean": 3.0, "max": 4.0}
    assert (readers["db-2"]["lag_ms"]["mean"], readers["db-2"]["lag_ms"]["max"]) == (20, 30)


def test_a_writer_that_becomes_a_reader_is_listed() -> None:
    made = recorder()
    made.lag(np.array([(0, ns(15), MS)], LAG))
    close(made)
    assert list(summary(made)["clusters"]["main"]["readers"]) == ["db-1", "db-2"]


def test_shares_are_of_the_time_after_warm_up() -> None:
    """db-1 (2 vCPUs) worked 1 s in warm-up and 3.6 s after, of 2 x 18 s; 5 of 20 pages missed."""
    made = recorder(warm_up_s=2)
    made.rows(block(good(1), good(3), good(4)))
    for at_ns in made.moments_ns[:-1].tolist():
        at_s = at_ns / S
        now = observation(at_s)
        if at_s >= 2:
            now = changed(at_s, busy_s=1, touches=100, misses=90, writes=60, reads=10)
        look(made, now)
    finish(made, changed(20, busy_s=4.6, touches=120, misses=95, writes=72, reads=13))
    main = summary(made)["clusters"]["main"]
    db_1 = main["instances"]["db-1"]
    assert (db_1["cpu_ratio"], db_1["hit_ratio"]) == pytest.approx((0.1, 0.75))
    assert main["volume"]["ios_per_transaction"] == 7.5  # 12 + 3, by 2 transactions
    assert db_1["connections_max"] == 9
    assert main["acknowledged_commits_lost"] == 4


def changed(at_s, busy_s, touches, misses, writes, reads):
    now = observation(at_s)
    db_1 = replace(
        now.instances[0], busy_ns=ns(busy_s), touches=touches, misses=misses, connections_max=9
    )
    main = replace(now.clusters[0], storage_writes=writes, storage_reads=reads, lost_commits=4)
    return replace(now, instances=(db_1, now.instances[1]), clusters=(main,))


@pytest.mark.parametrize(
    ("failover", "database_s", "client_s"),
    [
        (records.failover(12.2, 15, 17), 2.8, 5.0),  # within the outage from 13 to 18
        (records.failover(12.2), None, 5.0),  # still going on at the end
        (records.failover(4, 6, 7), 2.0, 0.0),  # over before it
        (records.failover(4, 6, 12.5), 2.0, 5.0),  # a name is kept for 1 s: who asks at 13 is out
        (records.failover(18, 18.5, 19), 0.5, 0.0),  # begins when it ends
    ],
)
def test_the_clients_outage_is_the_longest_that_overlaps(failover, database_s, client_s) -> None:
    found = summary(busy(), records.Control(failovers=[failover]))["clusters"]["main"]["failovers"]
    assert found[0]["database_outage_s"] == database_s
    assert found[0]["client_outage_s"] == client_s
    assert (found[0]["from"], found[0]["to"]) == ("db-1", "db-2")


def test_outages_of_the_reader_endpoint_are_not_the_failovers() -> None:
    rows = [row(t, workload=BROWSE, kind=StatementKind.SELECT, final=2, outcome=3)
            for t in range(1, 20)]  # fmt: skip
    made = run(recorder(), *rows, *[good(t) for t in np.arange(0.5, 20.5, 0.5)])
    assert made.outages
    control = records.Control(failovers=[records.failover(5, 8, 9)])
    assert summary(made, control)["clusters"]["main"]["failovers"][0]["client_outage_s"] == 0


def test_expectations_find_their_value_and_null_fails() -> None:
    lines = {
        "orders.outage.max < 60 s": (True, 5.0),
        "orders.outage.count == 1": (True, 1),
        "orders.outage.total > 6 s": (False, 5.0),
        "browse.outage.max == 0 s": (True, 0),
        "orders.availability.requests >= 92 %": (True, 0.92),
        "orders.errors.connect_timeout == 1": (True, 1),
        "browse.latency.p99 < 100 ms": (False, None),
        "browse.latency.p99 > 0 ms": (False, None),
        "acknowledged_commits_lost == 0": (True, 0),
        "volume.write_unavailable == 1500 ms": (True, 1.5),
    }
    found = summary(busy(), records.Control(write_unavailable_s=1.5), *lines)["expect"]
    assert {line["text"]: (line["held"], line["value"]) for line in found} == lines


def test_what_it_shows_is_judged_alike_and_told_apart() -> None:
    found = summary(busy(), None, "orders.outage.max < 6 s", shows=("orders.outage.max > 6 s",))
    assert [line["held"] for line in found["expect"]] == [True]
    (shown,) = found["shows"]
    assert shown == {
        "text": "orders.outage.max > 6 s", "held": False, "value": 5.0, "why": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "held", "why"),
    [
        ("orders.outage.max < 5 s", False, "open at the end: at least 7 s"),
        ("orders.outage.max < 60 s", False, "open at the end: at least 7 s"),
        ("orders.outage.max <= 1 min", False, "open at the end: at least 0.1167 min"),
        ("orders.outage.total == 7 s", False, "open at the end: at least 7 s"),
        ("orders.outage.max > 5 s", True, None),
        ("orders.outage.max > 10 s", False, "open at the end: at least 7 s"),
        ("failovers.0.client_outage < 60 s", False, "open at the end: at least 7 s"),
        ("orders.outage.count == 1", True, None),
        ("browse.outage.max < 1 s", True, None),
        ("failovers.0.database_outage < 60 s", True, None),
    ],
)
def test_a_limit_to_an_outage_that_is_open_is_not_kept(line: str, held: bool, why) -> None:
    """It is 7 s so far: more can be promised, and nothing else."""
    made = run(recorder(), *(good(t) for t in np.arange(0.5, 12.1, 0.5)), bad(15, due_s=13))
    control = records.Control(failovers=[records.failover(12.2, 15, 17)])
    (told,) = summary(made, control, line)["expect"]
    assert (told["held"], told["why"]) == (held, why)


def test_an_outage_that_is_over_says_nothing_of_one_that_is_open() -> None:
    """The longest so far is over, 5 s; another, open since 19, might become longer."""
    rows = [good(t) for t in np.arange(0.5, 10.1, 0.5)] + [bad(14, due_s=11), good(16, due_s=11)]
    rows += [good(t) for t in np.arange(16.5, 18.6, 0.5)]
    made = run(recorder(), *rows, open_due_s=[18.9])
    (told,) = summary(made, None, "orders.outage.max < 60 s")["expect"]
    assert (told["held"], told["value"]) == (False, 5)


def values(here, path=""):
    """Every value of the summary with its path, names of the scenario written as in KEYS."""
    if isinstance(here, dict) and path in ("workloads", "clusters"):
        for each in here.values():
            yield from values(each, f"{path}.<{path[:-1]}>")
    elif isinstance(here, dict) and path.endswith((".readers", ".instances")):
        for each in here.values():
            yield from values(each, f"{path}.<instance>")
    elif isinstance(here, dict):
        for key, each in here.items():
            yield from values(each, f"{path}.{key}" if path else key)
    elif isinstance(here, list):
        for each in here:
            yield from values(each, f"{path}[]")
    else:
        yield path, here


def whole():
    """A summary that has every key."""
    return copy.deepcopy(_whole())


@cache
def _whole():
    control = records.Control(
        failovers=[records.failover(12.2, 15, 17)],
        restarts=[records.Restart("db-1", "crash", ns(3), None)],
        regional_failovers=[records.Takeover("global_failover", ns(4), "main", "other")],
        switchovers=[records.Takeover("switchover", ns(5), "main", "other")],
    )
    lesson = ("orders.outage.max > 1 s",)
    found = summary(busy(), control, "orders.outage.max < 60 s", shows=lesson)
    found["warnings"] = [{"kind": "replication_lag", "subject": "other", "text": "It grows."}]
    return found


def test_the_summary_has_the_defined_keys_and_no_others() -> None:
    assert {path for path, _ in values(whole())} == {key.path for key in KEYS}


def test_no_value_is_nan_and_all_of_it_is_json() -> None:
    assert not any(isinstance(v, float) and not math.isfinite(v) for _, v in values(whole()))
    assert json.loads(json.dumps(whole(), allow_nan=False)) == whole()


def test_the_schema_accepts_it_and_sees_what_is_missing_or_of_another_type() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.json_schema())
    rules = jsonschema.Draft202012Validator(schema.json_schema())
    rules.validate(whole())
    for key in KEYS:
        broken = whole()
        plain = re.sub(r"<workload>", "orders", key.path).replace("<cluster>", "main")
        parts = plain.replace("<instance>", "db-2").replace("[]", ".0").split(".")
        for change in (None, {"not": "this"}):
            here = broken = whole()
            for part in parts[:-1]:
                here = here[int(part)] if part.isdecimal() else here[part]
            if change is None:
                del here[parts[-1]]
            else:
                here[parts[-1]] = change
            assert not rules.is_valid(broken), (key.path, change)


@pytest.mark.parametrize("name", sorted(schema.files()))
def test_docs_are_in_step(name) -> None:
    kept = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert kept == schema.files()[name], "run `python -m aurosim.metrics.schema docs`"


def filled(here):
    """The summary with a number wherever there is null."""
    if isinstance(here, dict):
        return {key: filled(each) for key, each in here.items()}
    if isinstance(here, list):
        return [filled(each) for each in here]
    return 1.5 if here is None else here


def test_every_result_path_finds_a_number() -> None:
    """The grammar of `expect:` and the contract are written in two rooms; this keeps them one."""
    names = {"workload": "orders", "cluster": "main", "instance": "db-2", "#": "0"}
    found = filled(whole())
    lost = [
        leaf
        for leaf in LEAVES
        if resolve(re.sub(r"<([^>]+)>", lambda m: names[m[1]], leaf), found) is None
    ]
    assert lost == []


def grown(*, at_start: int, at_end: int, limit: int) -> dict:
    """The volume's part of a run of 20 s without warm-up that grew evenly."""
    made = recorder()
    cluster = replace(made.plan.clusters[0], used_bytes=at_start, limit_bytes=limit)
    made.plan = replace(made.plan, clusters=(cluster,))
    quiet = observation(0).clusters[0]

    def seen(at_ns: int):
        used = at_start + (at_end - at_start) * at_ns // made.end_ns
        return observation(at_ns / S, clusters=(replace(quiet, used_bytes=used, groups=3),))

    for at_ns in made.moments_ns.tolist():
        look(made, seen(at_ns))
    finish(made, seen(made.end_ns))
    return summary(made)["clusters"]["main"]["volume"]


def test_growth_by_hand() -> None:
    """400 bytes in 20 s are 20 a second; of 1,000 there are 500 left: 25 s."""
    volume = grown(at_start=100, at_end=500, limit=1000)
    assert (volume["bytes"], volume["limit_bytes"], volume["protection_groups"]) == (500, 1000, 3)
    assert (volume["growth_bytes_per_s"], volume["full_in_s"]) == (20, 25)


def test_a_volume_that_does_not_grow_is_never_full_and_a_full_one_is_so_now() -> None:
    still = grown(at_start=100, at_end=100, limit=1000)
    assert (still["growth_bytes_per_s"], still["full_in_s"]) == (None, None)
    assert grown(at_start=100, at_end=1000, limit=1000)["full_in_s"] == 0


def test_a_volume_full_from_the_start_is_full_now() -> None:
    full = grown(at_start=1000, at_end=1000, limit=1000)
    assert (full["growth_bytes_per_s"], full["full_in_s"]) == (None, 0)


def test_faults_without_effect_are_warnings_and_others_are_not() -> None:
    def event(kind: str, subject: str, detail: str) -> Event:
        return Event(ns(12.5), ns(12.5), kind, "main", subject, "scenario", detail)

    events = [
        event("fault:crash", "db-1", "no effect: its host is away"),
        event("fault:failover", "db-2", "refused: no healthy reader"),
        event("fault:switchover", "far", "gave up: the link to far is cut"),
        event("fault:reboot", "db-1", ""),
        event("switchover", "far", "gave up: the link to far is cut"),
    ]
    found = summary(busy(), records.Control(events=events))["warnings"]
    assert {each["kind"] for each in found} == {"fault_without_effect"}
    assert [(each["subject"], each["text"]) for each in found] == [
        ("db-1", "The fault crash (db-1) at 12.5 s had no effect: its host is away."),
        ("db-2", "The fault failover (db-2) at 12.5 s was refused: no healthy reader."),
        ("far", "The fault switchover (far) at 12.5 s was given up: the link to far is cut."),
    ]


@pytest.mark.parametrize(
    ("moved", "client_s"),
    [
        ([], 5.0),  # the first cluster is the primary
        ([("other", 5)], None),  # another is by then: nobody comes by the global endpoint
        ([("other", 5), ("main", 9)], 5.0),  # and it is so again
        ([("other", 13)], 5.0),  # not yet
    ],
)
def test_clients_of_the_global_endpoint_feel_a_failover_of_the_primary(moved, client_s) -> None:
    made = busy()
    plan = made.plan
    orders = plan.workloads.index(next(each for each in plan.workloads if each.name == "orders"))
    workloads = list(plan.workloads)
    workloads[orders] = replace(workloads[orders], role=ROLE_GLOBAL)
    made.plan = replace(plan, workloads=tuple(workloads))
    takes = [
        records.Takeover("switchover", ns(at_s - 1), "main", to, promoted_ns=ns(at_s))
        for to, at_s in moved
    ]
    control = records.Control(failovers=[records.failover(12.2, 15, 17)], switchovers=takes)
    (failover,) = summary(made, control)["clusters"]["main"]["failovers"]
    assert failover["client_outage_s"] == client_s


def test_an_outage_that_the_end_cuts_off_is_a_warning() -> None:
    """Good until 12 s, due at 13 s and failed, nothing good until the end at 20 s."""
    made = run(recorder(), *(good(t) for t in np.arange(0.5, 12.1, 0.5)), bad(15, due_s=13))
    (told,) = summary(made)["warnings"]
    assert (told["kind"], told["subject"]) == ("outage_not_over", "orders")
    assert "at least 7 s" in told["text"]
    assert summary(busy())["warnings"] == []
