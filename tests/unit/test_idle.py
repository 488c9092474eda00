"""Where nothing happens the control plane does nothing: counted in events of its clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from aurosim.control import plane
from aurosim.control.context import Context
from aurosim.scenario import loads
from aurosim.simulation.run import Simulation, run
from aurosim.units import NS_PER_S

QUIET = """
name: quiet
run: {{duration: {duration}}}
model: {{reader_lag_restart: {limit}}}
cluster: {{engine: aurora-mysql, writer: {{class: db.r6g.large}}, readers: {{count: 1}}}}
workload: [{{name: pings, arrivals: {{rate: 0.02/s}}, transaction: [{{kind: insert}}]}}]
"""
CRASH = "faults: [{at: 60 s, crash: instance}]"
MANY = 200
"""More than a crash and its failover make."""


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """When each event of a control plane happened."""
    found: list[int] = []
    begin = Simulation.__init__

    def counting(self: Simulation, *arguments: Any) -> None:
        begin(self, *arguments)
        step = self.env.step

        def noted() -> None:
            step()
            found.append(int(self.env.now))

        self.env.step = noted  # type: ignore[method-assign]

    monkeypatch.setattr(Simulation, "__init__", counting)
    return found


def play(duration: str, faults: str = CRASH, limit: str = "60 s") -> Any:
    text = QUIET.format(duration=duration, limit=limit) + faults
    return run(loads(text, "quiet"), plane="simpy")


def test_a_day_costs_the_control_plane_no_more_than_the_ten_minutes_in_which_things_happen(
    steps: list[int],
) -> None:
    play("10 min")
    eventful = list(steps)
    steps.clear()
    play("1 d")
    assert steps == eventful
    assert 0 < len(steps) < MANY


def test_who_looks_every_two_seconds_is_seen(
    steps: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def polls(context: Context, _: Any) -> Iterator[Any]:
        while True:
            yield context.env.timeout(2 * NS_PER_S)

    monkeypatch.setattr(plane, "restart_lagging_readers", polls)
    play("1 h")
    assert len(steps) > 1800 > MANY


def test_a_reader_that_is_late_restarts_at_the_first_check_after_it() -> None:
    """Whatever is applied is later than no time at all."""
    restarts = play("20 min", faults="", limit="0 s").summary["clusters"]["main"]["restarts"]
    late = [each["start_s"] for each in restarts if each["cause"] == "lag"]
    assert late and all(start_s % 2 == 0 for start_s in late)
