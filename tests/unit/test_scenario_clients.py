"""What a scenario says of its clients: processes, pools, sockets, stacks and custom endpoints, in
words and in the plan that is made of them.
"""

from __future__ import annotations

from types import SimpleNamespace

import jsonschema
import pytest
from typer.testing import CliRunner

from aurosim import catalog
from aurosim.cli import app
from aurosim.cli.resolved import text, too_many_connections
from aurosim.dataplane.contract import (
    CUSTOM_MOST,
    NEVER,
    ROLE_CUSTOM,
    ROLE_READER,
    ROLE_WRITER,
    Reuse,
)
from aurosim.dataplane.mechanics.initial_state import _processes
from aurosim.dataplane.plan import Plan, WorkloadPlan
from aurosim.errors import ScenarioError
from aurosim.scenario import Scenario, dump, json_schema, loads
from aurosim.scenario.cluster import MAX_ENDPOINTS
from aurosim.scenario.reading import read
from aurosim.simulation.build import build, endpoints
from aurosim.units import NS_PER_MS, NS_PER_S
from tests.scenarios.good import REGIONS

SCHEMA = jsonschema.Draft202012Validator(json_schema())
OPEN, CLOSED = "arrivals: {rate: 10/s}", "connections: 25"
TEXT = """
name: clients
run: {{duration: 10 s}}
cluster:
  engine: {engine}
  writer: {{class: db.r6g.large}}
  readers: {{count: 2}}
{cluster}
workload:
  - name: w
    endpoint: {endpoint}
    {load}
    transaction: sysbench-point-select
    client: {client}
"""


def load(
    client: str = "{}",
    load: str = OPEN,
    engine: str = "aurora-mysql",
    cluster: str = "",
    endpoint: str = "cluster",
) -> Scenario:
    """A scenario with these clients, which the schema lets through as written and resolved, and
    whose resolved text loads as itself."""
    text = TEXT.format(
        client=client, load=load, engine=engine, cluster=cluster, endpoint=endpoint
    )
    scenario = loads(text, "x")
    resolved = dump(scenario)
    assert loads(resolved, "resolved") == scenario
    for each in (text, resolved):
        assert [error.message for error in SCHEMA.iter_errors(read(each, "x").tree)] == []
    return scenario


def plan(client: str = "{}", **others: str) -> WorkloadPlan:
    return build(load(client, **others)).workloads[0]


def sizes(workload: WorkloadPlan) -> list[int]:
    """The connections of each process."""
    found: list[int] = _processes(SimpleNamespace(workloads=(workload,)))["slots"].tolist()
    return found


# --- processes and sizes ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("client", "load", "expected"),
    [
        ("{}", OPEN, [10] * 5),
        ("{pool: 20}", OPEN, [10, 10]),
        ("{pool: {size: 20}}", OPEN, [10, 10]),
        ("{pool: 21}", OPEN, [7, 7, 7]),
        ("{pool: 25}", OPEN, [9, 8, 8]),
        ("{pool: {total: 25}, processes: 2}", OPEN, [13, 12]),
        ("{pool: 7, processes: 3}", OPEN, [7, 7, 7]),
        ("{processes: 4}", OPEN, [10] * 4),
        ("{}", CLOSED, [9, 8, 8]),
        ("{processes: 25}", CLOSED, [1] * 25),
        ("{stack: hikaricp}", OPEN, [10]),
        ("{stack: pgbouncer, pool: 40}", OPEN, [40]),
        ("{stack: pgbouncer}", CLOSED, [25]),
        ("{stack: lambda, pool: 4}", OPEN, [1] * 4),
        ("{stack: lambda, processes: 6}", OPEN, [1] * 6),
        ("{stack: django}", CLOSED, [1] * 25),
        ("{stack: hikaricp, pool: {total: 35}}", OPEN, [9, 9, 9, 8]),
    ],
)
def test_connections_are_shared_out_among_processes(client, load, expected) -> None:
    found = plan(client, load=load)
    assert sorted(sizes(found), reverse=True) == expected
    assert found.slots == sum(expected)


@pytest.mark.parametrize(
    ("client", "room"),
    [("{pool: 20}", 100), ("{pool: 25}", 90), ("{pool: 25, queue: 7}", 7), ("{queue: 0}", 0)],
)
def test_a_waiting_room_is_that_of_a_process(client: str, room: int) -> None:
    assert plan(client).queue_limit == room


def test_what_check_shows_of_a_total() -> None:
    assert "processes: 2\n      pool:\n        size: 10\n" in dump(load("{pool: 20}"))
    assert "processes: 3\n      pool:\n        total: 25\n" in dump(load("{pool: 25}"))


# --- defaults and every key ----------------------------------------------------------------------
def test_a_pool_of_which_nothing_is_said_has_no_rules() -> None:
    found = plan()
    assert found.reuse == Reuse.LAST_IN and not found.drops_read_only
    assert (found.resolver_ttl_ns, found.hold_mean_ns, found.lifetime_jitter) == (0, 0, 0.0)
    never = {
        found.max_lifetime_ns, found.idle_timeout_ns, found.validate_after_ns,
        found.validation_timeout_ns, found.borrow_timeout_ns, found.user_timeout_ns,
        found.keepalive_idle_ns,
    }  # fmt: skip
    assert never == {NEVER}


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ("{pool: {max_lifetime: 30 min, lifetime_jitter: 5 %}}",
         {"max_lifetime_ns": 1800 * NS_PER_S, "lifetime_jitter": 0.05}),
        ("{pool: {idle_timeout: 1 min}}", {"idle_timeout_ns": 60 * NS_PER_S}),
        ("{pool: {validate: always}}",
         {"validate_after_ns": 0, "validation_timeout_ns": 5 * NS_PER_S}),
        ("{pool: {validate: {idle_longer_than: 500 ms}}}", {"validate_after_ns": 500 * NS_PER_MS}),
        ("{pool: {on_read_only: drop}}", {"drops_read_only": True}),
        ("{pool: {borrow_timeout: 3 s}}", {"borrow_timeout_ns": 3 * NS_PER_S}),
        ("{pool: {reuse: first_in}}", {"reuse": int(Reuse.FIRST_IN)}),
        ("{pool: {reuse: per_request}}", {"reuse": int(Reuse.PER_REQUEST)}),
        ("{dns_cache: forever}", {"dns_cache_ns": NEVER}),
        ("{dns_cache: 0 s}", {"dns_cache_ns": 0}),
        ("{resolver: {shared: true}}", {"resolver_ttl_ns": 5 * NS_PER_S}),
        ("{resolver: {shared: true, ttl: 7 s}}", {"resolver_ttl_ns": 7 * NS_PER_S}),
        ("{statement_timeout: none}", {"statement_timeout_ns": NEVER}),
        ("{connect_timeout: none}", {"connect_timeout_ns": 127 * NS_PER_S}),
        ("{tcp: {user_timeout: 5 s}}", {"user_timeout_ns": 5 * NS_PER_S}),
        ("{tcp: {keepalive: {idle: 1 s, interval: 2 s, count: 5}}}",
         {"keepalive_idle_ns": NS_PER_S, "keepalive_interval_ns": 2 * NS_PER_S,
          "keepalive_count": 5}),
        ("{hold: 20 ms}", {"hold_mean_ns": 20 * NS_PER_MS, "hold_law": 0}),
        ("{hold: {mean: 20 ms}}", {"hold_mean_ns": 20 * NS_PER_MS, "hold_law": 1}),
    ],
)  # fmt: skip
def test_each_key_reaches_the_plan_and_changes_nothing_else(client, expected) -> None:
    base, found = plan(), plan(client)
    assert {key: getattr(found, key) for key in expected} == expected
    same = ("slots", "processes", "queue_limit", "attempts", "role")
    assert all(getattr(found, key) == getattr(base, key) for key in same)


def test_who_waits_without_a_limit_gives_up_with_tcp() -> None:
    text = "{statement_timeout: none, connect_timeout: none}"
    assert plan(text).give_up_ns == round((924.6 + 127) * NS_PER_S)
    assert plan("{retry: {attempts: 2, backoff: 1 s}}").give_up_ns == (2 * 32 + 1) * NS_PER_S


# --- stacks ---------------------------------------------------------------------------------------
def test_a_stack_fills_in_what_the_file_does_not_say_and_the_file_wins() -> None:
    found = plan("{stack: hikaricp, pool: {max_lifetime: 5 min}, dns_cache: 5 s}")
    assert (found.max_lifetime_ns, found.dns_cache_ns) == (300 * NS_PER_S, 5 * NS_PER_S)
    assert (found.validate_after_ns, found.lifetime_jitter) == (500 * NS_PER_MS, 0.025)
    assert (found.borrow_timeout_ns, found.statement_timeout_ns) == (30 * NS_PER_S, NEVER)


@pytest.mark.parametrize("value", ["none", "{idle: 1 s, interval: 1 s, count: 2}"])
def test_the_file_wins_with_none_and_with_a_mapping_as_a_whole(value: str) -> None:
    found = plan(f"{{stack: pgbouncer, tcp: {{keepalive: {value}}}}}")
    assert found.keepalive_idle_ns == (NEVER if value == "none" else NS_PER_S)
    assert plan("{stack: pgbouncer}").keepalive_idle_ns == 7200 * NS_PER_S


@pytest.mark.parametrize("load_", [OPEN, CLOSED])
@pytest.mark.parametrize("engine", ["aurora-mysql", "aurora-postgresql"])
@pytest.mark.parametrize("name", catalog.stacks())
def test_every_stack_holds_for_both_kinds_of_load_and_each_value_is_in_place(
    name, engine, load_
) -> None:
    scenario = load(f"{{stack: {name}}}", load=load_, engine=engine)
    written = read(dump(scenario), "x").tree["workload"][0]["client"]
    for said in catalog.stack_values(name, engine):
        here = written
        for key in said.key.split("."):
            here = here.get(key)
        if load_ is OPEN or said.key not in ("pool.size", "pool.borrow_timeout"):
            assert here == read(said.value, "x").tree, said
    assert build(scenario).workloads[0].processes >= 1


def test_a_value_of_an_engine_stands_before_the_one_for_all() -> None:
    """MySQL Connector/J waits for a connection without a time limit, pgjdbc for ten seconds."""
    patient = plan("{stack: hikaricp}", engine="aurora-mysql")
    assert patient.connect_timeout_ns > 100 * NS_PER_S
    assert plan("{stack: hikaricp}", engine="aurora-postgresql").connect_timeout_ns == 10 * NS_PER_S
    said = {each.key: each.value for each in catalog.stack_values("hikaricp")}
    assert said["connect_timeout"] == "10 s" and said["pool.size"] == "10"


def test_what_no_connection_lives_to_see_is_not_filled_in() -> None:
    found = plan("{stack: hikaricp, pool: {reuse: per_request}}")
    assert found.max_lifetime_ns == found.validate_after_ns == NEVER
    assert found.borrow_timeout_ns == 30 * NS_PER_S
    assert plan("{stack: hikaricp}", load=CLOSED).borrow_timeout_ns == NEVER


def test_check_shows_what_a_stack_says_and_what_the_file_says_instead(tmp_path) -> None:
    file = tmp_path / "x.yaml"
    client = "{stack: hikaricp, pool: {max_lifetime: 5 min}}"
    file.write_text(
        TEXT.format(client=client, load=OPEN, engine="aurora-mysql", cluster="", endpoint="cluster")
    )
    told = CliRunner().invoke(app, ["check", str(file)])
    assert told.exit_code == 0, told.output
    lines = [" ".join(line.split()) for line in told.stdout.splitlines()]
    assert "# w client.pool.max_lifetime 5 min said this file" in lines
    assert "# w client.pool.size 10 sourced HikariCP 6.0 README (maximumPoolSize)" in lines
    assert "# w client.pool.lifetime_jitter 2.5 % assumption aurosim (HikariCP, from memory)" in (
        lines
    )
    assert loads(told.stdout, "printed") == loads(file.read_text(), "x.yaml")


# --- limits of connections ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("engine", "cluster", "clients", "reserved"),
    [
        ("aurora-mysql", "", 1000, 0),
        ("aurora-postgresql", "", 1717, 5),
        ("aurora-mysql", "  max_connections: 90", 90, 0),
        ("aurora-postgresql", "  max_connections: 90", 85, 5),
    ],
)
def test_what_clients_may_have_is_what_is_said_without_reserved_slots(
    engine: str, cluster: str, clients: int, reserved: int
) -> None:
    found = build(load(engine=engine, cluster=cluster)).instances[1]
    assert (found.max_connections, found.reserved_connections) == (clients, reserved)


# --- custom endpoints ----------------------------------------------------------------------------
REPORTS = "  endpoints: [{{name: early, excluded: [writer]}}, {{name: reports, {}}}]"


def at_reports(said: str) -> tuple[Plan, tuple[int, ...]]:
    found = build(load(cluster=REPORTS.format(said), endpoint="reports"))
    assert found.workloads[0].role == ROLE_CUSTOM + 1
    return found, endpoints(found)[0][ROLE_CUSTOM + 1]


@pytest.mark.parametrize(
    ("said", "members", "first"),
    [
        ("members: any", (0, 1, 2), (0, 1, 2)),
        ("members: reader", (0, 1, 2), (1, 2)),
        ("members: reader, static: [reader-2]", (2,), (2,)),
        ("members: any, static: [writer, reader-2]", (0, 2), (0, 2)),
        ("members: reader, static: [writer]", (0,), (0,)),  # no member is a reader: the writer
        ("members: reader, excluded: [reader-1]", (0, 2), (2,)),
    ],
)
def test_a_custom_endpoint_names_its_members(said, members, first) -> None:
    found, record = at_reports(said)
    custom = found.clusters[0].custom[1]
    assert (custom.name, custom.instances, custom.readers_only) == (
        "reports", members, "reader" in said.split(",")[0],
    )  # fmt: skip
    assert record == first


def test_the_records_of_the_other_endpoints_stay_in_their_places() -> None:
    found, _ = at_reports("members: any")
    records = endpoints(found)[0]
    assert (records[ROLE_WRITER], records[ROLE_READER], records[ROLE_CUSTOM]) == (
        (0,), (1, 2), (1, 2),
    )  # fmt: skip
    assert MAX_ENDPOINTS == CUSTOM_MOST


def test_a_custom_endpoint_of_a_secondary_belongs_to_it() -> None:
    text = REGIONS.replace("cluster: dublin, endpoint: db-2", "cluster: dublin, endpoint: night")
    found = build(loads(text, "x"))
    reports = next(each for each in found.workloads if each.name == "reports")
    names = [each.name for each in found.instances]
    assert (reports.cluster, reports.role) == (1, ROLE_CUSTOM)
    assert found.clusters[1].custom[0].instances == (names.index("db-2"),)
    assert endpoints(found)[1][ROLE_CUSTOM:] == ((names.index("db-2"),),) * 2
    assert {each.max_connections for each in found.instances if each.cluster == 1} == {500}


def test_members_are_warm_for_what_is_read_through_their_endpoint() -> None:
    said = REPORTS.format("static: [reader-2]")
    found = load(cluster=said, endpoint="reports").cluster.instances
    assert [each.cache for each in found] == ["cold", "cold", "warm"]


def test_an_endpoint_that_flaps_for_a_time_that_is_said() -> None:
    assert load(cluster="  endpoint_flap: 25 s").cluster.endpoint_flap == 25 * NS_PER_S
    assert load().cluster.endpoint_flap is None


def test_the_nearest_endpoint_is_named_where_one_is_misspelt() -> None:
    with pytest.raises(ScenarioError, match="Did you mean 'reports'"):
        load(cluster=REPORTS.format("members: any"), endpoint="report")


# --- what all pools together may want ------------------------------------------------------------
@pytest.mark.parametrize(
    ("client", "endpoint", "told"),
    [
        ("{processes: 10, pool: {size: 9}}", "cluster", []),
        ("{processes: 10, pool: {size: 10}}", "cluster", ["writer: ", "want 100 ", "accepts 90"]),
        ("{processes: 10, pool: {size: 18}}", "reader", []),
        ("{processes: 10, pool: {size: 19}}", "reader", ["reader-1: ", "want 95 ", "reader-2: "]),
    ],
)
def test_check_cautions_where_pools_may_want_more_than_there_is(client, endpoint, told) -> None:
    found = load(client, cluster="  max_connections: 90", endpoint=endpoint)
    lines = "\n".join(too_many_connections(found))
    assert all(word in lines for word in told) and bool(lines) == bool(told)
    assert all(f"# {line}" in text(found) for line in lines.splitlines())
    assert loads(text(found), "printed") == found


def test_slots_that_the_engine_keeps_for_itself_are_nobodys() -> None:
    found = load(
        "{processes: 1, pool: {size: 86}}", engine="aurora-postgresql",
        cluster="  max_connections: 90",
    )  # fmt: skip
    (line,) = too_many_connections(found)
    assert "want 86 " in line and "accepts 85" in line
