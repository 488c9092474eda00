"""How many connections a class takes is said before a run, in its summary and on its page.

The question of a user who sizes pools (AWS's guide to Aurora; MatteoGioioso/serverless-pg issue
82), with the values that AWS documents for the default parameter group of each class.
"""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from aurosim import api
from aurosim.cli import app
from aurosim.report import headline, tables
from aurosim.scenario import loads

CLASSES = [
    ("aurora-mysql", "db.r5.large", 1000),
    ("aurora-mysql", "db.t3.medium", 90),
    ("aurora-mysql", "db.r5.2xlarge", 3000),
    ("aurora-postgresql", "db.r6g.large", 1722),
    ("aurora-postgresql", "db.r5.large", 1600),
]
every = pytest.mark.parametrize(("engine", "kind", "limit"), CLASSES)

# So many clients at once that the limit of 90 refuses some of them, on all others none.
TEXT = """
name: how-many-connections
run: {duration: 4 s, warm_up: 1 s}
cluster:
  engine: ENGINE
  writer: {class: CLASS}
workload:
  - name: crowd
    connections: 120
    think_time: 1 s
    transaction: sysbench-point-select
    client: {connect_timeout: 2 s, retry: {attempts: 1}}
expect:
  - instances.writer.connections_limit == LIMIT
  - instances.writer.connections_max <= LIMIT
"""


def text(engine: str, kind: str, limit: int) -> str:
    return TEXT.replace("ENGINE", engine).replace("CLASS", kind).replace("LIMIT", str(limit))


def run(engine: str, kind: str, limit: int) -> api.Run:
    return api.run(text(engine, kind, limit))


@every
def test_check_says_the_limit_of_each_instance(engine, kind, limit, tmp_path) -> None:
    file = tmp_path / "c13.yaml"
    file.write_text(text(engine, kind, limit))
    told = CliRunner().invoke(app, ["check", str(file)])
    assert told.exit_code == 0, told.output
    clients = limit - 5 * (engine == "aurora-postgresql")  # PostgreSQL's reserved slots
    assert re.search(
        rf"^#   writer +{re.escape(kind)} +{limit} +{clients}$", told.stdout, re.MULTILINE
    )
    assert loads(told.stdout, "printed") == loads(file.read_text(), "c13.yaml")


@every
def test_the_summary_and_expect_know_the_limit(engine, kind, limit) -> None:
    done = run(engine, kind, limit)
    writer = done.summary["clusters"]["main"]["instances"]["writer"]
    assert writer["connections_limit"] == limit
    assert writer["connections_max"] == min(120, limit)
    assert done.held
    refused = done.summary["workloads"]["crowd"]["errors"]["too_many_connections"]
    assert (refused > 0) == (limit < 120)


def test_the_page_shows_the_most_beside_the_limit() -> None:
    table = tables.instances(run(*CLASSES[1]))
    cells = dict(zip((c.heading for c in table.columns), table.rows[0], strict=True))
    assert cells["connections, most of limit"] == "90 of 90"


def test_a_postgresql_instance_is_full_five_slots_below_its_limit() -> None:
    """Three for superusers and two for RDS's own: 15 of 20 are left, and its card is marked."""
    few = text("aurora-postgresql", "db.r6g.large", 20).replace(
        "  writer:", "  max_connections: 20\n  writer:"
    )
    done = api.run(few)
    writer = done.summary["clusters"]["main"]["instances"]["writer"]
    assert (writer["connections_limit"], writer["connections_max"]) == (20, 15)
    assert done.summary["workloads"]["crowd"]["errors"]["too_many_connections"] > 0
    (card,) = [each for each in headline.cards(done._result) if each.label == "Busiest vCPUs"]
    assert card.tone == "bad" and "at most 15 of 20" in card.line


def test_check_names_the_instances_of_every_cluster() -> None:
    told = CliRunner().invoke(app, ["check", "region-outage"])
    comments = [line.split() for line in told.stdout.splitlines() if line.startswith("#   ")]
    assert comments[0] == ["#", "instance", "class", "connections_limit", "for_clients"]
    assert {line[1] for line in comments[1:]} == {"db-1", "db-2", "db-3", "db-4"}
    assert {line[3] for line in comments[1:]} == {"1000"}
