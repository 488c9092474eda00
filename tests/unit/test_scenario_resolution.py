"""What a scenario means: short forms written out, presets spelled, every default in its place."""

from __future__ import annotations

import pytest

from aurosim import catalog
from aurosim.scenario import dump, loads
from aurosim.scenario.presets import PRESETS
from aurosim.units import GIB, NS_PER_MS, NS_PER_S
from tests.scenarios.good import LONG_FORM, SHORT_FORM, SMALLEST

LONG, SHORT, SMALL = (loads(text, "good.yaml") for text in (LONG_FORM, SHORT_FORM, SMALLEST))


def workload(name: str, text: str = LONG_FORM):
    return next(item for item in loads(text, "x").workload if item.name == name)


def test_the_short_form_becomes_instances_in_zones_that_rotate() -> None:
    assert [(i.name, i.class_, i.az) for i in SHORT.cluster.instances] == [
        ("writer", "db.r6g.large", "b"),
        ("reader-1", "db.r5.large", "c"),
        ("reader-2", "db.r5.large", "a"),
        ("reader-3", "db.r5.large", "b"),
    ]
    assert SHORT.cluster.writer is None and SHORT.cluster.readers is None


def test_readers_are_of_the_writers_class_unless_said() -> None:
    scenario = loads(SHORT_FORM.replace(", class: db.r5.large", ""), "x")
    assert {i.class_ for i in scenario.cluster.instances} == {"db.r6g.large"}


def test_an_instance_gets_zone_and_vcpus() -> None:
    first, second, third = LONG.cluster.instances
    assert (first.vcpu, second.vcpu, third.vcpu) == (6, 8, 2)
    assert third.az == "c"


def test_defaults_of_the_run() -> None:
    assert (SMALL.run.warm_up, SMALL.run.seed, SMALL.run.outage_threshold) == (0, 1, NS_PER_S)
    assert (SMALL.cluster.name, SMALL.cluster.region) == ("main", "us-east-1")
    assert SMALL.cluster.storage.size == 10 * GIB
    assert SMALL.cluster.dns_ttl == catalog.duration_ns("dns_ttl")


def test_a_closed_load_has_connections_and_no_pool() -> None:
    load = SMALL.workload[0]
    assert not load.open
    assert (load.client.pool.size, load.client.pool.total, load.client.queue) == (None, None, None)
    assert (load.think_time.law, load.think_time.mean) == ("constant", 0)


def test_an_open_load_has_a_pool_and_a_waiting_room_of_ten_each() -> None:
    sale = workload("sale")
    assert sale.open
    assert (sale.client.processes, sale.client.pool.size, sale.client.queue) == (5, 10, 100)
    assert sale.think_time is None
    assert workload("orders").client.queue == 0
    small = SMALLEST.replace("connections: 1", "arrivals: {rate: 1/s}, client: {pool: 7}")
    assert loads(small, "x").workload[0].client.queue == 70


def test_clients_stand_with_the_first_instance_and_keep_names_as_long_as_records_live() -> None:
    assert SHORT.workload[0].client.az == "b"
    assert workload("sale").client.dns_cache == LONG.cluster.dns_ttl == 5 * NS_PER_S
    assert workload("orders").client.dns_cache == 0


@pytest.mark.parametrize(
    ("retry", "seconds"),
    [
        ("", 32.0),
        ("retry: {attempts: 3}", 3 * 32 + 0.05 + 0.1),
        ("retry: {attempts: 4, backoff: 1 s, max_backoff: 3 s}", 4 * 32 + 1 + 2 + 3),
    ],
)
def test_give_up_is_all_attempts_and_the_longest_waits(retry: str, seconds: float) -> None:
    text = SMALLEST.replace("connections: 1", f"connections: 1, client: {{{retry}}}")
    assert loads(text, "x").workload[0].client.give_up == round(seconds * NS_PER_S)


def test_a_table_has_one_working_set_said_or_not() -> None:
    sizes = {item.name: item.data.working_set for item in LONG.workload}
    assert sizes == {
        "orders": 8 * GIB,
        "browsing": 8 * GIB,
        "sale": 8 * GIB,
        "night-batch": 2 * GIB,
        "day": 2 * GIB,
    }
    assert SMALL.workload[0].data.working_set == GIB
    small = loads(SMALLEST.replace("aurora-mysql,", "aurora-mysql, storage: {size: 1 MiB},"), "x")
    assert small.workload[0].data.working_set == 2**20


def kinds(preset: str) -> list[str]:
    text = SMALLEST.replace("sysbench-point-select", preset)
    statements = loads(text, "x").workload[0].transaction
    return [statement.kind for statement in statements for _ in range(statement.repeat)]


def test_presets_are_sysbench_scripts_statement_by_statement() -> None:
    reads, ranges = ["select"] * 10, ["range"] * 4
    writes = ["update_index", "update_non_index", "delete", "insert"]
    expected = {
        "sysbench-oltp-read-write": ["begin", *reads, *ranges, *writes, "commit"],
        "sysbench-oltp-write-only": ["begin", *writes, "commit"],
        "sysbench-oltp-read-only": ["begin", *reads, *ranges, "commit"],
        "sysbench-oltp-read-only-points": ["begin", *reads, "commit"],
        "sysbench-point-select": ["select"],
        "sysbench-update-index": ["update_index"],
        "sysbench-update-non-index": ["update_non_index"],
    }
    assert {name: kinds(name) for name in PRESETS} == expected


def test_a_statement_costs_what_the_catalog_says_unless_it_says_so_itself() -> None:
    select, insert = workload("orders").transaction[1], workload("night-batch").transaction[0]
    cost = catalog.statement_cost("update_index")
    assert (select.pages, select.modifies) == (cost.pages, cost.modifies)
    # The scenario's model: read_cpu 60 us, cv 0.5, 300 bytes for a record.
    assert (select.cpu.law, select.cpu.mean, select.cpu.cv) == ("lognormal", 60_000, 0.5)
    assert select.redo == 300 * cost.modifies
    assert (insert.cpu.law, insert.cpu.mean) == ("constant", 200_000)
    assert (insert.modifies, insert.redo) == (4, 600)


def test_overrides_of_the_model_are_in_the_catalogs_form() -> None:
    assert LONG.model == {
        "time_slice": None,
        "read_cpu": 60_000,
        "statement_cpu_cv": 0.5,
        "redo_record_bytes": 300,
    }


@pytest.mark.parametrize(
    ("said", "law", "mean_ms"),
    [
        ("5 ms", "constant", 5),
        ("{mean: 5 ms}", "exponential", 5),
        ("{mean: 5 ms, law: constant}", "constant", 5),
        ("0 s", "constant", 0),
    ],
)
def test_a_bare_think_time_is_constant_and_a_mean_is_exponential(
    said: str, law: str, mean_ms: int
) -> None:
    text = SMALLEST.replace("connections: 1", f"connections: 1, think_time: {said}")
    think = loads(text, "x").workload[0].think_time
    assert (think.law, think.mean) == (law, mean_ms * NS_PER_MS)


def test_laws_carry_their_one_shape() -> None:
    shapes = [
        (s.cpu.law, s.cpu.shape)
        for s in workload("browsing").transaction
        if s.cpu.mean == NS_PER_MS
    ]
    assert shapes == [
        ("exponential", 0.0),
        ("lognormal", 0.5),
        ("erlang", 3),
        ("hyperexponential", 2.0),
    ]


def test_faults_know_their_kind_and_end() -> None:
    ends = [(fault.kind, fault.for_ and fault.for_ // NS_PER_S) for fault in LONG.faults]
    assert ends == [
        ("host_failure", 600),
        ("host_failure", None),
        ("crash", None),
        ("crash", None),
        ("failover", None),
        ("failover", None),
        ("reboot", None),
        ("az_outage", 600),
        ("segment_loss", 10),
        ("slow_node", 60),
    ]
    assert LONG.faults[1].host_failure.instance == "writer"
    assert (LONG.faults[3].crash.what, LONG.faults[3].crash.instance) == ("node", "writer")


def test_the_order_of_the_files_keys_does_not_matter() -> None:
    head, rest = SMALLEST.split("cluster:", 1)
    assert loads("cluster:" + rest + head, "x") == loads(SMALLEST, "x")
    assert dump(loads("cluster:" + rest + head, "x")) == dump(loads(SMALLEST, "x"))
