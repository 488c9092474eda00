"""Entries have a unit, a status and a source, and the sourced ones say what the documents say."""

from __future__ import annotations

import filecmp
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from aurosim import catalog
from aurosim.catalog import tables
from aurosim.catalog.entry import KINDS, STATUSES
from aurosim.catalog.page import page
from aurosim.catalog.volume import COPIES
from aurosim.scenario.transaction import MAX_MODIFIES

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "facts"
TABLES = ("az_rtt", "cloudwatch_metrics", "instance_classes", "published_results")
FACTS = (ROOT / "docs" / "aurora_facts.md").read_text(encoding="utf-8")
OF_CLIENTS = (ROOT / "docs" / "proxy_and_drivers.md").read_text(encoding="utf-8")

MS, S, GIB = 1_000_000, 1_000_000_000, 2**30

# What the documents state: docs/aurora_facts.md sections 1 to 4.
STATED = {
    "segment_copies": 6,
    "write_quorum": 4,
    "read_quorum": 3,
    "protection_group_bytes": 10 * GIB,
    "node_bandwidth": 1.25e9,
    "lsn_allocation_limit": 10_000_000,
    "segment_repair": 10 * S,
    "dns_ttl": 5 * S,
    "crash_restart_high": 10 * S,
    "recreate_high": 600 * S,
    "replication_lag_typical": 1 * S,
    "validation_timeout": 5 * S,
}


@pytest.mark.parametrize("entry", catalog.entries().values(), ids=lambda entry: entry.name)
def test_an_entry_has_unit_status_source_and_reason(entry: catalog.Entry) -> None:
    assert entry.unit in KINDS and entry.status in STATUSES
    assert entry.source and entry.note.endswith(".") and entry.group
    assert re.fullmatch(r"[a-z][a-z0-9_]*", entry.name)
    if entry.low is not None and entry.value is not None and entry.high is not None:
        assert entry.low <= entry.value <= entry.high


def test_what_is_sourced_is_what_the_documents_state() -> None:
    sourced = {e.name: e.value for e in catalog.entries().values() if e.status == "sourced"}
    assert sourced == STATED


def test_what_is_sourced_names_a_source_of_the_facts() -> None:
    for entry in [e for e in catalog.entries().values() if e.status == "sourced"]:
        named = re.sub(r" \((design constants|validationTimeout)\)$", "", entry.source)
        assert named in FACTS + OF_CLIENTS, entry.name


def test_what_is_fitted_names_the_rows_it_was_fitted_to() -> None:
    rows = {row["case_id"]: row for row in catalog.table("published_results")}
    for entry in [e for e in catalog.entries().values() if e.status == "fitted"]:
        named = re.search(r"\((.*)\)", entry.source)
        assert named is not None, entry.name
        for case in named.group(1).split(", "):
            assert rows[case]["suggested_use"].startswith("calibration"), (entry.name, case)


def test_sources_cited_by_section_exist() -> None:
    for entry in catalog.entries().values():
        for section in re.findall(r"facts section (\d+)", entry.source + entry.note):
            assert f"\n## {section}. " in FACTS, entry.name


def test_values_are_whole_ns_counts_and_bytes() -> None:
    assert catalog.value("read_cpu") == 49_000
    assert catalog.value("lag_ship") == 1_344_000
    assert catalog.value("dns_ttl") == 5_000_000_000
    assert catalog.quantity("none", "none-or-duration") is None
    assert catalog.quantity("0.5 ms", "none-or-duration") == 500_000
    for entry in catalog.entries().values():
        if entry.kind in ("duration", "count", "bytes"):
            assert type(entry.value) is int, entry.name


def test_an_override_wins_and_a_wrong_name_is_our_mistake() -> None:
    assert catalog.duration_ns("read_cpu", {"read_cpu": 7}) == 7
    assert catalog.whole("write_quorum", {"write_quorum": 3}) == 3
    assert catalog.real("storage_ack_sigma", {"storage_ack_sigma": 0}) == 0.0
    assert catalog.value("time_slice", {"time_slice": None}) is None
    with pytest.raises(AssertionError, match="read_cpi"):
        catalog.value("read_cpi")


def test_lag_passes_through_the_ends_of_table_4() -> None:
    """S17 Table 4: 2.62 ms at 1,000 and 5.38 ms at 10,000 writes/s; customers saw under 20 ms."""

    def lag_ms(writes_per_s: float) -> float:
        root = catalog.duration_ns("lag_sqrt") * math.sqrt(writes_per_s / 1_000)
        return (catalog.duration_ns("lag_ship") + root) / MS

    assert lag_ms(1_000) == pytest.approx(2.62, abs=0.005)
    assert lag_ms(10_000) == pytest.approx(5.38, abs=0.005)
    assert lag_ms(100_000) < 20


def test_a_failover_with_a_reader_takes_what_is_published() -> None:
    """Facts section 3, stage by stage. Detection plus promotion is a constant and two uniform laws,
    U(0, 2 s) and U(3 s, 10 s): a trapezium, of which median and 99 % are arithmetic."""
    period, timeout = (
        catalog.duration_ns("health_check_period"),
        catalog.duration_ns("health_check_timeout"),
    )
    fixed = (catalog.whole("health_check_misses") - 1) * period + timeout
    low, high = catalog.duration_ns("promote_low"), catalog.duration_ns("promote_high")
    assert fixed >= 3 * S and fixed + period <= 10 * S
    median = fixed + period / 2 + (low + high) / 2
    # The upper tail of the trapezium: P(sum > top - x) = x^2 / (2 period (high - low)) for small x.
    p99 = fixed + period + high - math.sqrt(0.01 * 2 * period * (high - low))
    assert 8 * S < median < 20 * S
    assert p99 < 30 * S
    published = fixed + period + high + catalog.duration_ns("endpoint_publish_high")
    assert published + catalog.duration_ns("dns_ttl") < 30 * S


def test_a_miss_takes_about_a_millisecond() -> None:
    sigma = catalog.real("page_read_sigma")
    mean_ns = catalog.duration_ns("page_read_median") * math.exp(sigma**2 / 2)
    assert catalog.duration_ns("same_az_round_trip") + mean_ns == pytest.approx(MS, rel=0.02)


def test_statements_of_sysbench_write_only_modify_three_pages_on_average() -> None:
    """The mean write is 49 + 3 x 61 = 232 us; its four writes make twelve records."""
    writes = [catalog.statement_cost(kind) for kind in ("update_index", "update_non_index")]
    writes += [catalog.statement_cost(kind) for kind in ("delete", "insert")]
    assert sum(cost.modifies for cost in writes) == 12
    assert sum(cost.pages for cost in writes) == 5
    assert {cost.cpu_ns for cost in writes} == {49_000}
    assert catalog.statement_cost("update_index").redo_bytes == 800
    assert catalog.statement_cost("commit").cpu_ns == 1_460_000
    assert catalog.statement_cost("select", {"read_cpu": 5}).cpu_ns == 5


def test_zones_are_the_first_three_letters_measured() -> None:
    assert catalog.az_rtt_ns("us-east-1", "a", "b") == 807_000
    assert catalog.az_rtt_ns("us-east-1", "b", "a") == 807_000
    # The letters of ap-northeast-1 are a, c and d.
    assert catalog.az_rtt_ns("ap-northeast-1", "a", "b") == 2_786_000
    assert catalog.az_rtt_ns("ap-northeast-1", "b", "c") == 1_065_000
    assert catalog.az_rtt_ns("ca-central-1", "a", "b") == 665_000
    assert catalog.az_round_trip("us-east-1", "a", "b").status == "sourced"


def test_a_pair_that_was_not_measured_has_the_median_and_says_so() -> None:
    measured = sorted(float(row["rtt_ms"]) for row in catalog.table("az_rtt"))
    assert len(measured) == 47 and round(measured[23] * MS) == catalog.value("az_round_trip")
    for region, pair in (("ca-central-1", "ac"), ("eu-north-1", "ab")):
        found = catalog.az_round_trip(region, *pair)
        assert (found.ns, found.status) == (1_015_000, "assumption")
    assert catalog.az_rtt_ns("us-east-1", "c", "c") == catalog.value("same_az_round_trip")
    zero = {"same_az_round_trip": 0, "az_round_trip": 0}
    assert {catalog.az_rtt_ns("us-east-1", "a", other, zero) for other in catalog.AZS} == {0}


def test_every_region_has_all_its_distances() -> None:
    assert len(catalog.regions()) == 16 and "us-east-1" in catalog.regions()
    for region in catalog.regions():
        for a in catalog.AZS:
            for b in catalog.AZS:
                assert 0 < catalog.az_rtt_ns(region, a, b) < 3 * MS
        for other in catalog.regions():
            if other != region:
                assert 5 * MS < catalog.region_rtt_ns(region, other) < 400 * MS
    assert catalog.region_rtt_ns("us-east-2", "us-east-1") == pytest.approx(12.3 * MS, rel=0.01)


def test_the_page_of_assumptions_is_in_step() -> None:
    written = (ROOT / "docs" / "assumptions.md").read_text(encoding="utf-8")
    assert written == page(), "run: python -m aurosim.catalog.page > docs/assumptions.md"
    for name in catalog.entries():
        assert f"| `{name}` |" in written


@pytest.mark.parametrize("name", [*TABLES, "region_rtt"])
def test_tables_are_the_facts_unchanged(name: str) -> None:
    if not SHARED.is_dir():
        pytest.skip(f"the facts that the tables were copied from are not here ({SHARED.name}/)")
    ours = ROOT / "aurosim" / "catalog" / f"{name}.csv"
    assert filecmp.cmp(ours, SHARED / f"{name}.csv", shallow=False)


@pytest.mark.parametrize("name", ["aurora_facts.md", "proxy_and_drivers.md"])
def test_the_facts_page_is_the_facts_unchanged(name: str) -> None:
    if not SHARED.is_dir():
        pytest.skip(f"the facts that the page was copied from are not here ({SHARED.name}/)")
    assert filecmp.cmp(ROOT / "docs" / name, SHARED / name, shallow=False)


def test_the_catalog_is_light() -> None:
    """Importing it loads none of the heavy libraries and reads no file."""
    heavy = ["numpy", "pandas", "yaml", "pydantic", "simpy", "numba", "matplotlib", "jinja2"]
    code = (
        "import sys, aurosim.catalog, aurosim.catalog.tables as t;"
        f"assert not set({heavy}) & set(sys.modules); assert t.table.cache_info().misses == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_every_table_has_a_reader() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("aurosim", "tests")
        for path in (ROOT / folder).rglob("*.py")
    )
    shipped = {path.stem for path in (ROOT / "aurosim" / "catalog").glob("*.csv")}
    assert shipped == set(tables.TABLES)
    assert [name for name in sorted(shipped) if f'table("{name}")' not in code] == []


def test_no_override_goes_past_what_the_rules_hold() -> None:
    """Compiled code has these as constants: a statement's redo records fit its draws, and a group
    its segments."""
    entries = catalog.entries()
    modifies = [each for name, each in entries.items() if name.startswith("modifies_")]
    assert modifies and all(e.least >= 1 and e.most <= MAX_MODIFIES for e in modifies)
    copies = entries["segment_copies"]
    assert copies.least == copies.most == COPIES
    for name in ("write_quorum", "read_quorum"):
        assert (entries[name].least, entries[name].most) == (1, COPIES)


@pytest.mark.parametrize("entry", catalog.entries().values(), ids=lambda entry: entry.name)
def test_a_scenario_may_say_what_is_plausible(entry: catalog.Entry) -> None:
    for value in (entry.value, entry.low, entry.high):
        assert value is None or entry.least <= value <= entry.most
