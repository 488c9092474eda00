"""What the compiled plane's pools and rings hold, and how wide a bucket is, changes no row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aurosim.compiled import kernel_entry
from aurosim.dataplane.compiled import arrays, machine, queue
from aurosim.dataplane.compiled.arrays import POOLS, RINGS, Arrays
from aurosim.dataplane.compiled.machine import CompiledMachine
from aurosim.dataplane.contract import DataPlane, Sink
from aurosim.dataplane.mechanics.plane import Names, Plane
from aurosim.dataplane.plan import Plan
from tests.agreement.agree import check, compare, world_of
from tests.properties.world import World
from tests.unit import plane_stage as stage

WORLDS = 24
SHIFTS = (0, 1, 3, 5, 22)


@kernel_entry
def give_width(S: Arrays, shift: int) -> None:
    """Give the buckets another width now."""
    queue.resize(S, shift)


class Restless(CompiledMachine):
    """Changes the width of its buckets at every step of time."""

    steps = 0

    def advance(self, until_ns: int, most: int) -> bool:
        give_width(self.state, SHIFTS[Restless.steps % len(SHIFTS)])
        Restless.steps += 1
        return super().advance(until_ns, most)


def restless(plan: Plan, rows: Sink, lags: Sink, names: Names) -> DataPlane:
    return Plane(Restless(plan, rows, lags), plan, names)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Pools and rings start as small as they can; counts how often each grew."""
    grew: dict[str, int] = dict.fromkeys((*POOLS, *RINGS), 0)
    monkeypatch.setattr(arrays, "FIRST_POOL", 1)

    def counting(name: str) -> None:
        real = getattr(machine, name)

        def count(state: Arrays, which: str) -> Arrays:
            grew[which] += 1
            return real(state, which)

        monkeypatch.setattr(machine, name, count)

    counting("grown")
    counting("widened")
    return grew


@pytest.mark.parametrize("ticks", ["coarse", "fine"])
def test_small_pools_grow_and_change_nothing(small: dict[str, int], ticks: str) -> None:
    for seed in range(WORLDS):
        check(seed, ticks)
    assert all(small[pool] for pool in POOLS), small
    assert small["log"], small


@pytest.mark.parametrize("ticks", ["coarse", "fine"])
def test_the_width_of_a_bucket_changes_nothing(ticks: str) -> None:
    for seed in range(WORLDS):
        compare(world_of(seed, ticks), f"seed {seed}, {ticks}, restless buckets", restless)


def test_all_that_is_stalled_at_the_lsn_limit_writes_at_once(small: dict[str, int]) -> None:
    """A slow boxcar holds VDL back at the limit; when it lands, a crowd of large writes goes on in
    one event, and needs more cells and boxcars than any eight usual events."""
    crowd = stage.workload(
        [stage.write(0, 40, autocommit=True)], slots=400, think_mean_ns=300, start_spread_ns=20,
        statement_timeout_ns=10**6, connect_timeout_ns=10**6,
    )  # fmt: skip
    volume = stage.cluster(60, 0, stage.costs(ack_median_ns=2), lsn_allocation_limit=7000)
    plan = stage.Plan(
        400, (volume,), (stage.instance(vcpu=2, max_connections=1000),),
        (stage.TablePlan("t", 30, 5),), (crowd,),
    )  # fmt: skip
    slow = [(0, "node_delay", (6 * 7 + member, 150)) for member in range(3)]
    slow += [(3, "node_delay", (6 * 7 + member, 0)) for member in range(3)]
    compare(World(0, plan, (((0,), (0,)),), tuple(slow)), "a crowd at the LSN limit")


def test_commits_that_their_clients_gave_up_may_be_more_than_the_connections(
    small: dict[str, int],
) -> None:
    """Without a write quorum each commit stays with its instance after its client has gone; a few
    clients leave a great many."""
    writes = stage.workload(
        [stage.BEGIN, *[stage.write(0, 1)] * 3, stage.COMMIT], slots=3, think_mean_ns=1, attempts=3,
        statement_timeout_ns=4, connect_timeout_ns=4, backoff_ns=1,
    )  # fmt: skip
    servers = (stage.instance(vcpu=2, max_connections=10**4), stage.instance(az=1))
    plan = stage.Plan(
        3000, (stage.cluster(2),), servers, (stage.TablePlan("t", 30, 5),),
        (replace(writes, hop_ns=(0, 0)),),
    )  # fmt: skip
    lost = ((50, "segment_lost", (0, 0b111000)), (2900, "segment_repaired", (0, 0b111000)))
    compare(World(0, plan, (((0,), (1,)),), lost), "a crowd of commits")
    assert small["commit"], small
