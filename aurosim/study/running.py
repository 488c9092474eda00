"""A study as it runs: what is finished already is taken, the rest is run and kept as it comes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aurosim import scenario as scenarios
from aurosim.errors import UsageError
from aurosim.interruption import kept
from aurosim.simulation.run import data_plane
from aurosim.study import executors, store, work
from aurosim.study.metrics import cut_off, value_of
from aurosim.study.plan import Plan
from aurosim.study.store import Store
from aurosim.study.work import Job, Outcome

COMPILES: Final = """\
name: compiling
run: {duration: 100 ms, seed: 1}
cluster:
  engine: aurora-mysql
  writer: {class: db.r6g.large}
  readers: {count: 1}
workload:
  - {name: few, arrivals: {rate: 100/s}, transaction: sysbench-oltp-write-only}
"""
"""Runs before workers start where nothing compiled is kept: one process compiles, not all."""


RESOLVED: Final = "scenario.resolved.yaml"
_OF_A_POINT: Final = re.compile(re.escape(RESOLVED) + r"|trace-[a-z0-9-]{1,100}\.(csv|json)")


@dataclass(frozen=True)
class Progress:
    """How far a study is: replicates finished of all, of these found finished, and failed."""

    finished: int
    total: int
    reused: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Failure:
    """A replicate that could not be run: its point, its seed, and what went wrong."""

    point: int
    label: str
    seed: int
    error: str


@dataclass
class Ran:
    """A study after it ran: what each replicate that there is answered, by (point, seed).

    The answers stand in the order of the plan's metrics; None for what a replicate does not have.
    `cut` has the places of those that the end of the run cut off, by (point, seed).
    """

    plan: Plan
    store: Store
    answers: dict[tuple[int, int], tuple[float | None, ...]] = field(default_factory=dict)
    cut: dict[tuple[int, int], frozenset[int]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    interrupted: bool = False
    reused: int = 0

    @property
    def complete(self) -> bool:
        """Whether every replicate is there."""
        return len(self.answers) == self.plan.runs

    def take(self, job: Job, summary: Mapping[str, Any]) -> None:
        """Ask a finished replicate."""
        answers = tuple(value_of(metric, summary) for metric in self.plan.metrics)
        self.answers[job.point, job.seed] = answers
        self.cut[job.point, job.seed] = frozenset(
            place for place, each in enumerate(self.plan.metrics) if cut_off(each, summary)
        )


Report = Callable[[Progress], None]


def run(
    plan: Plan,
    *,
    folder: Path | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    dask: str | None = None,
    progress: Report | None = None,
) -> Ran:
    """Run what is not finished yet and return everything.

    Finished replicates are kept in `folder` as they arrive. They run on `executor`, on the Dask
    cluster at the address `dask`, or in `workers` processes of this machine (as many as it has
    processors). Interrupted from the keyboard, it returns what there is, marked `interrupted`.
    Raises UsageError for a plan or an executor that cannot be, OutputError for the folder.
    """
    if executor is not None and dask is not None:
        raise UsageError("executor and dask are two ways to run a study; say one of them.")
    data_plane(plan.plane)
    study = Study(plan, Store(folder), progress or (lambda _: None))
    if folder is not None:
        write_points(plan, folder)
        kept("interrupted: what is finished is kept; the same command goes on")
    jobs = study.begin()
    try:
        if jobs:
            study.compute(jobs, executor, workers, dask)
    except KeyboardInterrupt:
        study.ran.interrupted = True
    study.ran.failures.sort(key=lambda failure: (failure.point, failure.seed))
    return study.ran


def write_points(plan: Plan, folder: Path) -> None:
    """Write each point's scenario, with its traces, so that any replicate can be run alone."""
    for number, point in enumerate(plan.points):
        place, pack = point_folder(folder, number), scenarios.pack(point.scenario)
        place.mkdir(parents=True, exist_ok=True)
        store.write(place / RESOLVED, pack.text)
        for name, content in pack.traces.items():
            store.write(place / name, content)


def point_folder(folder: Path, number: int) -> Path:
    """Where a point's scenario stands."""
    return folder / store.POINTS / f"{number:03d}"


def is_of_a_point(name: str) -> bool:
    """Whether `write_points` gives its files such names."""
    return _OF_A_POINT.fullmatch(name) is not None


class Study:
    """The run of one plan: what is there, what is under way."""

    def __init__(self, plan: Plan, kept: Store, report: Report) -> None:
        self.ran = Ran(plan, kept)
        self.report = report
        self.labels = [point.label for point in plan.points]
        self.waiting: dict[str, list[Job]] = {}

    def begin(self) -> list[Job]:
        """Take what is finished; the jobs that are not, in the order of seeds.

        Points that are the same scenario after all have the same keys, and are run once for all.
        """
        plan = self.ran.plan
        parcels = [work.parcel(point.scenario) for point in plan.points]
        for number, seed in plan.replicates():
            job = work.job(parcels[number], number, seed, plan.plane)
            self.waiting.setdefault(job.key, []).append(job)
        jobs = [alike[0] for alike in list(self.waiting.values())]
        left = [job for job in jobs if not self.skip(job)]
        self.tell()
        return left

    def skip(self, job: Job) -> bool:
        """Whether the replicate is finished already, here or by another command; then taken."""
        found = self.ran.store.get(job.key)
        if found is None:
            return False
        self.ran.reused += self.take(job.key, found)
        return True

    def take(self, key: str, summary: Mapping[str, Any]) -> int:
        """Ask a finished replicate for every point that it is about; how many these are."""
        alike = self.waiting.pop(key)
        for job in alike:
            self.ran.take(job, summary)
        return len(alike)

    def done(self, job: Job, outcome: Outcome) -> None:
        """Keep what a worker gave back. Raises UsageError if it is another aurosim's."""
        if outcome.identity and outcome.identity != work.identity():
            raise UsageError(
                f"a worker runs aurosim {outcome.identity}, and this is {work.identity()}: install "
                "the same one everywhere."
            )
        if outcome.summary is None:
            self.ran.failures += [
                Failure(each.point, self.labels[each.point], each.seed, outcome.error)
                for each in self.waiting.pop(job.key)
            ]
        else:
            self.ran.store.put(job.key, outcome.summary)
            self.take(job.key, json.loads(outcome.summary))
        self.tell()

    def tell(self) -> None:
        ran = self.ran
        finished = len(ran.answers) + len(ran.failures)
        self.report(Progress(finished, ran.plan.runs, ran.reused, len(ran.failures)))

    def compute(
        self, jobs: list[Job], executor: Executor | None, workers: int | None, dask: str | None
    ) -> None:
        """Run the jobs on whatever was asked for."""
        if executor is not None:
            executors.on(executor, jobs, self.skip, self.done)
        elif dask is not None:
            with executors.dask(dask) as cluster:
                executors.on(cluster, jobs, self.skip, self.done)
        else:
            count = executors.workers_here(workers, len(jobs))
            if count > 1 and workers is None:
                jobs = executors.tried(count, jobs, self.skip, self.done)
            elif count > 1:
                compile_once(self.ran.plan.plane)
            if jobs:
                executors.here(min(count, len(jobs)), jobs, self.skip, self.done)


def compile_once(plane: str) -> None:
    """See to it that workers load the compiled rules and need not make them each for itself."""
    from aurosim import compiled, simulation

    entries = ["digest.digest", *(["loop.run"] if plane == "compiled" else [])]
    if not all(compiled.is_kept(entry) for entry in entries):
        simulation.run(scenarios.loads(COMPILES, "compiling"), plane=plane)
