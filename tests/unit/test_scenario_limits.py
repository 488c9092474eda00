"""What the language lets through fits into the numbers that the data plane has for it."""

from __future__ import annotations

import pytest

from aurosim import scenario
from aurosim.dataplane.contract import (
    ATTEMPTS_MAX,
    GROUPS_MAX,
    NO_STATEMENT,
    REQUESTS_MAX,
    WORKLOADS_MAX,
)
from aurosim.dataplane.distributions import ERLANG_MOST_PHASES
from aurosim.dataplane.mechanics.storage import COMMIT_BLOCK
from aurosim.errors import ScenarioError
from aurosim.scenario.checks.arrivals import MAX_REQUESTS
from aurosim.scenario.client import MAX_ATTEMPTS
from aurosim.scenario.document import MAX_WORKLOADS
from aurosim.scenario.laws import MAX_PHASES
from aurosim.scenario.transaction import MAX_MODIFIES, MAX_STATEMENTS

RECORDS_PER_BLOCK = 4


def test_statements_are_numbered_below_the_two_numbers_that_mean_none() -> None:
    assert MAX_STATEMENTS <= NO_STATEMENT


def test_the_draws_of_a_statement_never_reach_another_purpose() -> None:
    assert MAX_PHASES <= ERLANG_MOST_PHASES
    assert MAX_MODIFIES <= RECORDS_PER_BLOCK * COMMIT_BLOCK


def test_requests_workloads_and_attempts_have_room_in_an_entity() -> None:
    assert MAX_REQUESTS < REQUESTS_MAX
    assert MAX_WORKLOADS <= WORKLOADS_MAX
    assert MAX_ATTEMPTS < ATTEMPTS_MAX


WORLD = """
name: small-groups
run: {{duration: 10 s}}
model: {{protection_group_bytes: 4 GiB}}
cluster: {{engine: aurora-mysql, storage: {{size: {size}}}, writer: {{class: db.r6g.large}}}}
workload: [{{name: w, connections: 1, transaction: sysbench-point-select}}]
faults: [{{at: 1 s, segment_loss: {{group: {group}, segments: [0]}}}}]
"""


def test_the_largest_volume_in_the_smallest_groups_has_room_in_an_entity() -> None:
    last = scenario.loads(WORLD.format(size="128 TiB", group=GROUPS_MAX - 1), "t")
    groups = last.cluster.storage.size // last.model["protection_group_bytes"]
    assert groups == GROUPS_MAX


def test_a_fault_may_name_every_group_that_the_scenario_s_own_group_size_makes() -> None:
    """10 GiB are three groups of 4 GiB, and one of the published 10."""
    assert scenario.loads(WORLD.format(size="10 GiB", group=2), "t").faults
    with pytest.raises(ScenarioError, match="4 GiB each"):
        scenario.loads(WORLD.format(size="10 GiB", group=3), "t")
