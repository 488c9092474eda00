"""Whoever runs the replicates and in whatever order, the tables are the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from aurosim import study
from aurosim.errors import UsageError
from aurosim.study import executors, work
from aurosim.study.work import Job, Outcome
from tests.study.small import comparison, replicates, texts


class Backwards(Executor):
    """Runs nothing until the last of `most` is submitted, and then the last one first."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.waiting: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []
        self.order: list[int] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, fn, args))
        if len(self.waiting) == self.most:
            while self.waiting:
                last, run, given = self.waiting.pop()
                self.order.append(given[0].seed)
                last.set_result(run(*given))
        return future


@pytest.fixture(scope="module")
def expected() -> dict[str, str]:
    return texts(study.run(comparison(), workers=1))


def test_the_order_of_completion_changes_nothing(expected: dict[str, str]) -> None:
    backwards = Backwards(8)
    found = texts(study.run(comparison(), executor=backwards))
    assert backwards.order == sorted(backwards.order, reverse=True)
    assert found == expected


def test_threads_change_nothing(expected: dict[str, str]) -> None:
    with ThreadPoolExecutor(3) as pool:
        assert texts(study.run(comparison(), executor=pool)) == expected


def test_processes_change_nothing(expected: dict[str, str]) -> None:
    assert texts(study.run(comparison(), workers=2)) == expected


class Clock:
    """CPU time of this process that a test lays down: each replicate takes the next of `takes`."""

    def __init__(self, *takes_s: float) -> None:
        self.now_s, self.takes = 0.0, list(takes_s)

    def process_time(self) -> float:
        return self.now_s

    def execute(self, job: Job) -> Outcome:
        self.now_s += self.takes.pop(0)
        return Outcome(job.key, "", error="it was not run")


@pytest.mark.parametrize(
    ("takes_s", "left"),
    [
        ([1.5, *[0.1] * 7], 0),  # the first loads what is compiled
        ([9, 9], 7),  # so long that it is plain at once
        ([4, 3, 9], 6),
        ([1, 0.1, 0.1, 5, 9], 4),
    ],
)
def test_processes_are_started_once_they_pay(
    monkeypatch: pytest.MonkeyPatch, takes_s: list[float], left: int
) -> None:
    clock, began = Clock(*takes_s), []

    def here(workers: int, jobs: list[Job], *_: Any) -> None:
        began.append((workers, len(jobs)))

    monkeypatch.setattr(executors, "time", clock)
    monkeypatch.setattr(executors, "execute", clock.execute)
    monkeypatch.setattr(executors, "here", here)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    ran = study.run(comparison())
    assert began == ([(2, left)] if left else [])
    assert len(ran.failures) == 8 - left


@contextmanager
def dask_cluster(*, processes: bool) -> Iterator[str]:
    """A real scheduler with two workers, all on loopback, spoken to over TCP; its address."""
    distributed = pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=processes, protocol="tcp://",
        host="127.0.0.1", dashboard_address=None,
    ) as cluster:  # fmt: skip
        yield cluster.scheduler_address


@pytest.mark.parametrize("processes", [False, pytest.param(True, marks=pytest.mark.long)])
def test_a_dask_cluster_of_two_workers_changes_nothing(
    expected: dict[str, str], processes: bool
) -> None:
    with dask_cluster(processes=processes) as address:
        assert address.startswith("tcp://127.0.0.1:")
        ran = study.run(comparison(), dask=address)
    assert ran.complete
    assert texts(ran) == expected


def test_points_that_are_the_same_scenario_after_all_run_once() -> None:
    ran = study.run(comparison(run__duration="300 ms"), executor=(pool := Backwards(4)))
    assert sorted(pool.order) == [1, 2, 3, 4]
    assert ran.complete
    differences = study.tabulate(ran).differences
    assert differences is not None
    assert set(differences["words"]) == {
        "A and B are the same in every replicate", "no pair has both values",
    }  # fmt: skip


def test_a_scheduler_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    monkeypatch.setattr(executors, "CONNECT_S", 0.2)
    with pytest.raises(UsageError, match="No Dask scheduler answers at 'tcp://127.0.0.1:9'"):
        study.run(replicates(2), dask="tcp://127.0.0.1:9")


def spoiled(job: Job) -> Outcome:
    """A replicate whose seed 3 breaks, as a fault in the simulator would."""
    if job.seed == 3:
        return work.Outcome(job.key, work.identity(), error="AssertionError: negative time")
    return work.execute(job)


def test_one_that_fails_is_told_with_its_seed_and_loses_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from aurosim.study import provenance

    monkeypatch.setattr(executors, "execute", spoiled)
    ran = study.run(replicates(5), folder=tmp_path / "out", workers=1)
    assert [(one.seed, one.error) for one in ran.failures] == [(3, "AssertionError: negative time")]
    assert sorted(seed for _, seed in ran.answers) == [1, 2, 4, 5]
    again = provenance.again(ran, ran.failures[0])
    place = tmp_path / "out/points/000/scenario.resolved.yaml"
    assert again == f"aurosim run {place} --seed 3 --plane compiled"
    monkeypatch.undo()
    assert study.run(replicates(5), folder=tmp_path / "out", workers=1).reused == 4


def test_what_a_replicate_raises_is_an_outcome() -> None:
    parcel = work.parcel(replicates(1).points[0].scenario)
    outcome = work.execute(work.job(parcel, 0, 1, "no-such-plane"))
    assert outcome.summary is None
    assert outcome.error.startswith("UsageError: There is no plane 'no-such-plane'")


def taken_down(job: Job) -> Outcome:
    """Seed 2 takes its process with it, as running out of memory would."""
    if job.seed == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return work.execute(job)


@pytest.mark.long
def test_one_that_takes_its_process_with_it_loses_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "execute", taken_down)
    ran = study.run(replicates(5), workers=2)
    assert [one.seed for one in ran.failures] == [2]
    assert "its process ended" in ran.failures[0].error
    assert sorted(seed for _, seed in ran.answers) == [1, 3, 4, 5]


def test_a_worker_with_another_aurosim_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def stranger(job: Job) -> Outcome:
        return Outcome(job.key, "0.0.1+0123456789abcdef", summary="{}")

    monkeypatch.setattr(executors, "execute", stranger)
    with pytest.raises(UsageError, match="a worker runs aurosim 0.0.1"):
        study.run(replicates(2), workers=1)


def test_an_executor_that_breaks_is_said() -> None:
    pool = ThreadPoolExecutor(1, initializer=broken)
    with pytest.raises(UsageError, match="the executor broke while it ran"):
        study.run(replicates(2), executor=pool)


def test_what_an_executor_cannot_do_is_a_failure_told() -> None:
    class Lost(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_exception(ModuleNotFoundError("No module named 'aurosim'"))
            return future

    ran = study.run(replicates(2), executor=Lost())
    assert [one.error for one in ran.failures] == [
        "ModuleNotFoundError: No module named 'aurosim'"
    ] * 2


SCRIPT = """\
import aurosim
from tests.study.small import SMALL
aurosim.replicate(SMALL, 3, workers=2)
"""


@pytest.mark.long
def test_a_script_without_a_guard_is_told_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run(
        [sys.executable, str(tmp_path / "script.py")], env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert 'In a script, call it under `if __name__ == "__main__":`' in ended.stderr


def broken() -> None:
    raise OSError("no such machine")


def test_two_ways_at_once_and_no_worker_at_all_are_refused() -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(UsageError, match="say one of them"):
        study.run(replicates(1), executor=pool, dask="tcp://127.0.0.1:1")
    with pytest.raises(UsageError, match="0 workers: say 1 to"):
        study.run(replicates(1), workers=0)
