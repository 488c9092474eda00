"""Outages of a fleet, by hand: each process has its own, a workload's are their unions."""

from __future__ import annotations

import numpy as np
import pytest

from aurosim.dataplane.contract import OpenRequest
from aurosim.dataplane.mechanics.fields import PROCESS
from aurosim.metrics import outages as out
from aurosim.metrics.fleet import ProcessOutage, together
from aurosim.metrics.summary import summarise
from tests import control_records as records
from tests.metrics_story import BROWSE, ORDERS, S, bad, block, close, good, ns, recorder, run


def steady(process: int, start_s: float, end_s: float) -> list[np.ndarray]:
    return [good(t, process=process) for t in np.arange(start_s, end_s + 0.25, 0.5)]


def orders(made):
    found = summarise(records.scenario(), made, records.Control(), seed=7, plane="simpy")
    return found["workloads"]["orders"]


def failing(process: int, from_s: float, back_s: float, until_s: float = 20) -> list[np.ndarray]:
    """A process that answers until `from_s`, then fails twice a second, and is back at `back_s`."""
    tries = np.arange(from_s + 0.5, back_s - 0.1, 0.5)
    rows = [bad(t + 0.2, due_s=t, process=process) for t in tries]
    return steady(process, 0.5, from_s) + rows + steady(process, back_s, until_s)


def in_order(*stories: list[np.ndarray]) -> list[np.ndarray]:
    rows = [row for story in stories for row in story]
    return sorted(rows, key=lambda row: int(row["end_ns"][0]))


def test_of_two_processes_one_is_out() -> None:
    """Whoever looked at both as one would see no gap: the other answers all the time."""
    made = run(recorder(processes=2), *in_order(failing(0, 5, 9), steady(1, 0.5, 20)))
    found = orders(made)
    (outage,) = found["outages"]
    assert (outage["start_s"], outage["end_s"]) == (5.5, 9.0)
    assert (outage["processes"], outage["process_seconds"]) == (0.5, 3.5)
    assert found["outage"]["max_s"] == 3.5
    assert found["outage"]["mean_s"] == 3.5 / 2
    assert found["availability"]["time"] == pytest.approx(1 - 3.5 / 40)


def test_a_workloads_outage_is_the_union_of_its_processes_outages() -> None:
    """Out from 5.5 to 9, from 6.5 to 12, from 8.5 to 10; a fourth not; and one alone at 15."""
    rows = in_order(
        failing(0, 5, 9, 14) + failing(0, 14.5, 18)[28:], failing(1, 6, 12), failing(2, 8, 10),
        steady(3, 0.5, 20),
    )  # fmt: skip
    found = orders(run(recorder(processes=4), *rows))
    first, second = found["outages"]
    assert (first["start_s"], first["end_s"], first["duration_s"]) == (5.5, 12.0, 6.5)
    assert (first["first_back_s"], first["half_back_s"]) == (9.0, 10.0)
    assert (first["processes"], first["longest_s"]) == (0.75, 5.5)
    assert first["process_seconds"] == 3.5 + 5.5 + 1.5
    assert (second["start_s"], second["end_s"], second["processes"]) == (15.0, 18.0, 0.25)
    assert found["outage"]["total_s"] == 6.5 + 3
    assert found["outage"]["mean_s"] == (3.5 + 5.5 + 1.5 + 0) / 4
    assert found["availability"]["time"] == pytest.approx(1 - (3.5 + 3 + 5.5 + 1.5) / 80)


def test_outages_that_follow_each_other_in_one_process_stay_two() -> None:
    """A good answer at 8 between two gaps, in a fleet of one and beside another."""
    both = failing(0, 5, 8, 8) + failing(0, 8, 11)[16:]
    for processes in (1, 2):
        rows = in_order(both, *[steady(1, 0.5, 20)] * (processes - 1))
        found = orders(run(recorder(processes=processes), *rows))
        spans = [(each["start_s"], each["end_s"]) for each in found["outages"]]
        assert spans == [(5.5, 8.0), (8.5, 11.0)]


def test_outages_that_only_touch_are_two_and_such_that_overlap_are_one() -> None:
    def outage(process: int, start: int, end: int | None, workload: int = 0) -> ProcessOutage:
        return ProcessOutage(process, workload, start, end, 100)

    assert [o.start_ns for o in together([outage(0, 10, 20), outage(1, 20, 30)])] == [10, 20]
    (one,) = together([outage(1, 19, None), outage(0, 10, 20), outage(2, 40, 50)])
    assert (one.start_ns, one.end_ns, one.lasted_ns) == (10, None, 90)
    assert (one.first_back_ns, one.half_back_ns) == (20, 50)
    assert len(together([outage(0, 10, 20), outage(1, 15, 18, workload=1)])) == 2
    assert len(together([outage(0, 10, 50), outage(1, 12, 20), outage(2, 30, 40)])) == 1


def test_who_comes_back_and_is_out_again_is_back_when_he_stays() -> None:
    def outage(process: int, start: int, end: int) -> ProcessOutage:
        return ProcessOutage(process, 0, start, end, 100)

    (one,) = together([outage(0, 10, 20), outage(1, 12, 60), outage(0, 30, 90)])
    assert (one.processes, one.first_back_ns, one.half_back_ns) == (2, 20, 60)


def test_who_did_not_ask_had_none_and_is_in_no_mean() -> None:
    """The third asked in warm-up only; the fourth not at all."""
    rows = in_order(failing(0, 5, 9), steady(1, 0.5, 20), steady(2, 0.5, 2.5))
    found = orders(run(recorder(warm_up_s=4, processes=4), *rows))
    assert found["processes"] == {"count": 4, "asked": 2}
    assert found["outage"]["mean_s"] == 3.5 / 2
    assert found["outages"][0]["processes"] == 0.5
    assert found["availability"]["time"] == pytest.approx(1 - 3.5 / 32)
    assert sum(found["outages"][0]["causes_s"].values()) == 3.5, "of who had it"
    assert sum(found["outage"]["causes_s"].values()) == 3.5 / 2, "of all who asked"


def test_who_waits_at_the_end_has_asked() -> None:
    made = recorder(processes=3)
    made.rows(block(*steady(0, 0.5, 20)))
    close(made, [OpenRequest(ORDERS, ORDERS + 2, 1, ns(12))])
    found = orders(made)
    assert found["processes"] == {"count": 3, "asked": 2}
    (outage,) = found["outages"]
    assert (outage["start_s"], outage["end_s"], outage["duration_s"]) == (12.0, None, 8.0)
    assert (outage["first_back_s"], outage["half_back_s"]) == (None, None)


def test_an_unfinished_request_is_bad_if_its_own_process_was_not_answered() -> None:
    """Both wait since 17; the first was answered at 19.5, the second last at 16."""
    for process, bad_ones in ((0, 0), (1, 1)):
        made = recorder(processes=2)
        made.rows(block(*in_order(steady(0, 0.5, 19.5), steady(1, 0.5, 16))))
        close(made, [OpenRequest(ORDERS, ORDERS + process, 1, ns(17))])
        assert (made.bad(ORDERS), made.open[ORDERS]) == (bad_ones, 1 - bad_ones)


def test_a_run_of_one_process_is_told_as_it_always_was() -> None:
    found = orders(run(recorder(warm_up_s=2), *failing(0, 5, 9)))
    (outage,) = found["outages"]
    assert (outage["duration_s"], outage["longest_s"], outage["processes"]) == (3.5, 3.5, 1)
    of_all = {key: value for key, value in found["outage"].items() if key != "causes_s"}
    assert of_all == {
        "max_s": 3.5, "mean_s": 3.5, "total_s": 3.5, "count": 1, "process_seconds": 3.5,
    }  # fmt: skip
    assert found["availability"]["time"] == pytest.approx(1 - 3.5 / 18)


@pytest.mark.parametrize("askers", [1, 2, 30, 200, 5000])
def test_many_processes_cost_less_than_a_kibibyte_each(askers: int) -> None:
    """What the rules keep of a process and what the recorder does; and all of a small fleet
    together cost not more than one that is large enough for that."""
    gaps = out.make(np.ones((askers, 2), np.int64), 0, 1, 1)
    size = sum(array.nbytes for array in gaps) + askers * PROCESS.dtype.itemsize
    assert size / askers < 1024 or size < 200 * 1024


# --- impaired --------------------------------------------------------------------------------
def window(start_s: float, goods: int, bads: int) -> list[np.ndarray]:
    """So many requests that end in the ten seconds from `start_s`, all within a process."""
    times = np.linspace(start_s + 0.1, start_s + 9.9, goods + bads)
    return [bad(t) if k < bads else good(t) for k, t in enumerate(times)]


def impaired_s(made) -> float:
    return orders(made)["impaired_s"]


def test_a_window_is_impaired_when_more_than_a_twentieth_is_bad() -> None:
    """One of twenty is not more than 5 %, two of 39 are."""
    rows = window(0, 19, 1) + window(10, 37, 2) + window(20, 38, 2) + window(30, 5, 0)
    assert impaired_s(run(recorder(end_s=40), *rows)) == 10.0


def test_windows_begin_at_the_end_of_warm_up_and_the_last_may_be_cut() -> None:
    """From 3 on: 3 to 13 is well, 13 to 23 and 23 to 27 are not; what ends at 27 counts there."""
    rows = window(2, 40, 0) + [good(14), bad(15), good(24), good(26), bad(27, due_s=26.5)]
    made = run(recorder(warm_up_s=3, end_s=27), *rows)
    assert impaired_s(made) == 14.0


def test_failures_of_the_warm_up_and_a_window_with_nothing_finished_impair_nothing() -> None:
    made = run(recorder(warm_up_s=5, end_s=35), bad(4.9), good(6), good(30), open_due_s=[16])
    assert impaired_s(made) == 0.0


def test_a_pool_with_failing_writes_has_no_outage_and_is_impaired() -> None:
    """Six of ten fail, and somebody is answered each second: case 02."""
    rows = [good(t) if k % 10 in (2, 4, 7, 9) else bad(t)
            for k, t in enumerate(np.arange(0.1, 40, 0.2))]  # fmt: skip
    found = orders(run(recorder(end_s=40), *rows))
    assert (found["outages"], found["impaired_s"]) == ([], 40.0)


def test_only_the_workload_that_fails_is_impaired() -> None:
    made = run(recorder(end_s=20), *in_order([bad(5)], [good(6, workload=BROWSE)]))
    found = summarise(records.scenario(), made, records.Control(), seed=7, plane="simpy")
    assert [each["impaired_s"] for each in found["workloads"].values()] == [0.0, 10.0]
    assert made.end_ns == 20 * S
