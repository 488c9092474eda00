"""What products do by default: each value with what it rests on, the sourced ones as they are
published.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aurosim import catalog

ROOT = Path(__file__).parents[2]
FACTS = (ROOT / "docs" / "proxy_and_drivers.md").read_text(encoding="utf-8")
VALUES = [(name, said) for name, all_ in catalog.stacks().items() for said in all_]

# What docs/proxy_and_drivers.md states.
STATED = {
    ("hikaricp", "pool.size"): "10",
    ("hikaricp", "pool.max_lifetime"): "30 min",
    ("hikaricp", "pool.idle_timeout"): "none",
    ("hikaricp", "pool.borrow_timeout"): "30 s",
    ("hikaricp", "dns_cache"): "30 s",
    ("pgbouncer", "pool.size"): "20",
    ("pgbouncer", "pool.max_lifetime"): "1 h",
    ("pgbouncer", "pool.idle_timeout"): "10 min",
    ("pgbouncer", "pool.validate"): "{idle_longer_than: 30 s}",
    ("pgbouncer", "pool.borrow_timeout"): "2 min",
    ("pgbouncer", "dns_cache"): "15 s",
    ("pgbouncer", "connect_timeout"): "15 s",
    ("pgbouncer", "pool.login_retry"): "15 s",
    ("proxysql", "pool.max_lifetime"): "none",
    ("proxysql", "pool.borrow_timeout"): "10 s",
    ("proxysql", "connect_timeout"): "1 s",
}


def test_the_products_that_people_name_are_there() -> None:
    assert set(catalog.stacks()) == {
        "hikaricp", "pgbouncer", "proxysql", "go-database-sql", "sqlx", "sqlalchemy", "django",
        "node-mysql2", "php-per-request", "lambda",
    }  # fmt: skip


def test_what_is_sourced_is_what_the_facts_state() -> None:
    sourced = {(name, said.key): said.value for name, said in VALUES if said.status == "sourced"}
    assert sourced == STATED


def test_a_source_names_a_setting_of_the_facts() -> None:
    for name, said in VALUES:
        if said.status == "sourced":
            document, words = re.fullmatch(r"(.*?) \((.*)\)", said.source).groups()
            assert document == "facts, proxy and drivers" or document in FACTS, said
            for word in re.findall(r"[A-Za-z_.]{6,}", words):
                assert word in FACTS, (name, word)


@pytest.mark.parametrize(("name", "said"), VALUES, ids=[f"{n}.{s.key}" for n, s in VALUES])
def test_whatever_is_not_sourced_is_a_marked_assumption(name, said) -> None:
    assert said.status in ("sourced", "assumption")
    assert (said.status == "assumption") == said.source.startswith("aurosim")
    assert not said.note or said.note.endswith(".")


def test_the_page_of_assumptions_lists_each_value() -> None:
    written = (ROOT / "docs" / "assumptions.md").read_text(encoding="utf-8")
    for name, said in VALUES:
        row = f"| `{name}` | `{said.key}` | {said.value} | "
        row += f"{said.engine or 'all'} | {said.status} |"
        assert row in written
