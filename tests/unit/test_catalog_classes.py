"""Instance classes and engines say what the documents say."""

from __future__ import annotations

import importlib
import math

import pytest

from aurosim import catalog
from aurosim.catalog import buffer, connections, tables
from aurosim.catalog.outcomes import ERRORS

GIB = 2**30


def documented(column: str) -> dict[str, int]:
    return {
        row["db_class"]: int(row[column])
        for row in catalog.table("instance_classes")
        if row[column]
    }


def test_the_mysql_rule_gives_all_49_documented_classes() -> None:
    classes, published = catalog.instance_classes(), documented("max_connections_mysql_doc")
    assert len(published) == 49
    by_rule = {
        name: connections.mysql_max_connections(classes[name].memory_bytes) for name in published
    }
    assert by_rule == published


def test_the_mysql_rule_without_rounding_would_not() -> None:
    """Why the logarithms are rounded: 16 GiB would give 1,069 connections and not 1,000."""
    memory_bytes = catalog.instance_classes()["db.r5.large"].memory_bytes
    assert int(math.log2(memory_bytes / 8_187_281_408) * 1_000) == 1_069
    assert documented("max_connections_mysql_doc")["db.r5.large"] == 1_000


def test_postgresql_takes_the_documented_number_and_else_the_formula() -> None:
    classes = catalog.instance_classes()
    published = documented("max_connections_pg_doc")
    postgresql = catalog.engine("aurora-postgresql")
    assert {name: postgresql.max_connections(classes[name]) for name in published} == published
    assert published["db.r6g.large"] == 1_722
    # 16 GiB / 9531392: no number is documented for this class.
    assert postgresql.max_connections(classes["db.r7g.large"]) == 1_802
    for name, known in published.items():
        by_formula = connections.postgresql_max_connections(classes[name].memory_bytes)
        if not classes[name].family.startswith("x2g"):
            assert known <= by_formula <= 1.13 * known, name


def test_buffers_are_those_of_the_default_parameter_groups() -> None:
    for row in catalog.table("instance_classes"):
        found = catalog.instance_classes()[row["db_class"]]
        mysql, postgresql = (
            catalog.engine(name).buffer_bytes(found.memory_bytes) / GIB
            for name in catalog.engines()
        )
        assert mysql == pytest.approx(float(row["buffer_pool_gib_mysql_75pct"]), abs=0.006)
        assert postgresql == pytest.approx(float(row["shared_buffers_gib_pg_formula"]), abs=0.006)
    assert buffer.mysql_buffer_bytes(16 * GIB) == 12 * GIB


def test_every_class_of_the_facts_is_there_with_a_source() -> None:
    classes = catalog.instance_classes()
    assert len(classes) == 74
    largest = classes["db.r3.8xlarge"]
    assert (largest.vcpu, largest.memory_bytes) == (32, 244 * GIB)
    assert all(row["source"] and row["confidence"] for row in catalog.table("instance_classes"))
    for found in classes.values():
        assert found.vcpu >= 1 and found.memory_bytes >= 2 * GIB


def test_only_r3_is_no_assumption_about_speed_and_none_is_slower() -> None:
    for found in catalog.instance_classes().values():
        entry = catalog.entries()[f"class_speed_{found.family}"]
        assert 1.0 <= catalog.real(entry.name) <= 1.6
        assert entry.status == ("derived" if found.family == "r3" else "assumption")
    families = {found.family for found in catalog.instance_classes().values()}
    named = {n.removeprefix("class_speed_") for n in catalog.entries() if n.startswith("class_sp")}
    assert named == families


def test_what_differs_between_the_engines_and_what_does_not() -> None:
    differences = catalog.engine_differences()
    assert {d.topic for d in differences if d.differs} == {
        "page_bytes",
        "buffer_rule",
        "max_connections_rule",
        "max_connections_column",
        "reserved_connections",
        "connection",
        "connect_cpu",
        "listens_while_restarting",
        "error.read_only",
        "error.too_many_connections",
        "error.connection_reset",
        "error.connection_refused",
        "error.connect_timeout",
        "error.statement_timeout",
        "error.unavailable",
        "error.unknown_outcome",
        "error.volume_full",
        "error.connection_timed_out",
        "wait.cpu",
        "wait.commit",
        "wait.read",
        "wait.client",
        "wait.log",
    }
    assert {d.topic for d in differences if not d.differs and d.status == "assumption"} == {
        "connect_round_trips",
        "error.client_queue_full",
        "error.pool_timeout",
        "statement_cpu",
        "commit_cpu",
        "pages_per_statement",
        "redo_record_bytes",
        "storage_service",
        "replica_lag",
        "failover_times",
        "restart_times",
    }
    assert {d.topic for d in differences if not d.differs and d.status == "sourced"} == {
        "readers_restart_with_writer",
        "quorum",
        "dns_ttl",
    }


def test_the_engines_words_and_sizes() -> None:
    mysql, postgresql = map(catalog.engine, catalog.engines())
    assert (mysql.page_bytes, postgresql.page_bytes) == (16_384, 8_192)
    assert (mysql.errors["read_only"], postgresql.errors["read_only"]) == ("1290", "25006")
    refused = "too_many_connections"
    assert (mysql.errors[refused], postgresql.errors[refused]) == ("1040", "53300")
    assert postgresql.errors["unavailable"] == "57P03"
    r6g = catalog.instance_classes()["db.r6g.large"]
    assert (mysql.max_connections(r6g), postgresql.max_connections(r6g)) == (1_000, 1_722)


def test_every_error_word_of_the_language_has_a_code_of_every_engine() -> None:
    for name in catalog.engines():
        codes = catalog.engine(name).errors
        assert set(codes) == {outcome.word for outcome in ERRORS} and "-" not in codes.values()


@pytest.mark.parametrize("topic", ["page_byte", "wait.sleep", "cost.red_cpu", "page_bytes"])
def test_an_engines_row_that_nobody_looks_at_is_refused(
    topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (*tables.table("engines"), {"topic": topic, "engine": "aurora-mysql", "value": "7"})
    engines = importlib.import_module("aurosim.catalog.engines")  # its name is a function beside it
    monkeypatch.setattr(engines, "table", lambda name: rows)
    wrong = "twice" if topic == "page_bytes" else "which nothing reads or shows"
    with pytest.raises(AssertionError, match=f"says '{topic}' of aurora-mysql,? {wrong}"):
        engines._said.__wrapped__()
