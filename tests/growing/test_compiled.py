"""All that the other tests add, in one copy, runs compiled as it does on SimPy."""

from __future__ import annotations

import pytest

from tests.growing import test_one_place as one_place
from tests.growing.scratch import Scratch, scenario
from tests.growing.test_contributing import follow


@pytest.mark.long
@pytest.mark.timeout(900)  # the copy is compiled
def test_all_that_was_added_runs_compiled(scratch: Scratch) -> None:
    one_place.add_a_fault_with_a_command(scratch)
    one_place.add_an_engine(scratch)
    one_place.add_a_kind_of_statement(scratch)
    one_place.add_a_number_from_what_is_kept(scratch)
    one_place.add_a_number_from_new_data(scratch)
    one_place.add_an_error_word(scratch)
    one_place.add_a_controller(scratch)
    for heading in ("A fault", "A number of the catalog", "A driver"):
        follow(scratch, heading)
    text = scenario(
        engine="aurora-next", kind="upsert", client="driver: eager, retry: {attempts: 4}",
        faults="{at: 3 s, cache_flush: writer}, {at: 5 s, cold_reboot: db-1}",
        expect="w.requests.ended > 100", model="refusal_delay: 3 ms",
    )  # fmt: skip
    # What is like PostgreSQL listens while it restarts; nobody listens at MySQL.
    code = (
        "both = [text, text.replace('aurora-next', 'aurora-mysql')]\n"
        "runs = [[aurosim.run(each, plane=plane) for plane in ('simpy', 'compiled')]"
        " for each in both]\n"
        "told = [[[{**run.summary, 'plane': ''}, run.timeseries.to_csv()] for run in pair]"
        " for pair in runs]"
    )
    alike, plane, (new, mysql), kinds = scratch.finds(
        text, code, compiled=True,
        found="[[one == other for one, other in told], runs[0][1].summary['plane'],"
        " [pair[1].summary for pair in runs], runs[0][1].latency['kind'].tolist()]",
    )  # fmt: skip
    assert alike == [True, True] and plane == "compiled" and "upsert" in kinds
    for summary, error in ((new, "unavailable"), (mysql, "not_listening")):
        first = summary["clusters"]["main"]["instances"]["db-1"]
        assert first["connections_limit"] == 1234 and first["hit_ratio"] < 1
        assert first["refusals"] == summary["workloads"]["w"]["errors"][error] > 0
        assert summary["expect"][0]["held"]
