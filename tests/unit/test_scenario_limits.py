"""What the language lets through fits into the numbers that the data plane has for it."""

from __future__ import annotations

from aurosim.dataplane.contract import ATTEMPTS_MAX, NO_STATEMENT, REQUESTS_MAX, WORKLOADS_MAX
from aurosim.dataplane.distributions import ERLANG_MOST_PHASES
from aurosim.dataplane.reference.storage import COMMIT_BLOCK
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
