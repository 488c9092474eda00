"""Many runs from Python: `replicate` a scenario, `sweep` a study file, `compare` two scenarios.

    import aurosim
    study = aurosim.replicate("how-many-readers", n=20)
    study.estimates     # a row for each number, with its interval

Each returns a `Study` with tidy tables. In a script, call them under
`if __name__ == "__main__":`, since workers are new processes that read the script again; or say
`workers=1`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aurosim import api
from aurosim.errors import UsageError
from aurosim.metrics import columns

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd

    from aurosim.api import Source
    from aurosim.study import Plan, Progress, Ran, Tables

    Folder = str | Path | None | Callable[[Plan], Path]

__all__ = ["Study", "compare", "replicate", "sweep"]

REPLICATES = 20
"""Runs of each point where nobody says how many."""


def replicate(
    source: Source,
    n: int = REPLICATES,
    *,
    seed: int | None = None,
    set: Mapping[str, object] | None = None,
    plane: str = "compiled",
    metrics: Sequence[str] = (),
    confidence: float = 0.95,
    interval: str = "student",
    folder: Folder = None,
    workers: int | None = None,
    executor: Executor | None = None,
    dask: str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Study:
    """Run a scenario `n` times, with the seeds from `seed` on (default: the scenario's own).

    `metrics` are result paths as in `expect:`; without any, the usual ones. Finished replicates are
    kept in `folder` (a path, or what makes one of the plan) as they come, and taken from there;
    without one nothing is written until `Study.save`. They run in `workers` processes, on any
    `executor` of `concurrent.futures`, or on the Dask cluster at the address `dask`; the tables are
    the same whichever it is.
    Interrupted from the keyboard, it returns what there is. Raises as `aurosim.load` does, and
    OutputError where `folder` holds what no study wrote.
    """
    from aurosim.study import plan

    scenario = api.load(source, set)
    first = scenario.run.seed if seed is None else seed
    made = plan.make(
        plan.REPLICATE, scenario.name, [plan.Point(scenario.name, scenario)], replicates=n,
        seed=first, paths=metrics, plane=plane, confidence=confidence, interval=interval,
        question=scenario.question,
    )  # fmt: skip
    command = ["aurosim", "replicate", _named(source, 0), *_sets("--set", set)]
    return _run(made, [*command, *_asked(made, metrics)], folder, workers, executor, dask, progress)


def sweep(
    source: str | Path,
    *,
    replicates: int | None = None,
    seed: int | None = None,
    plane: str = "compiled",
    folder: Folder = None,
    workers: int | None = None,
    executor: Executor | None = None,
    dask: str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Study:
    """Run a study file: a scenario at every point of a grid, each point with the same seeds.

    `source` is a path, the name of a shipped study, or YAML text (anything with a line break);
    `replicates` and `seed` replace the file's. The rest is as in `replicate`. Raises ScenarioError
    with every fault of the file.
    """
    from aurosim import study
    from aurosim.study.shipped import find

    given = {"replicates": replicates, "seed": seed}
    changes = {key: value for key, value in given.items() if value is not None}
    if isinstance(source, str) and "\n" in source:
        made = study.loads(source, "<text>", Path(), changes, plane)
        name = "STUDY.yaml"
    else:
        made = study.load(find(str(source)), changes, plane)
        name = str(source)
    command = ["aurosim", "sweep", name, *_flags(changes)]
    command += ["--plane", plane] if plane != "compiled" else []
    return _run(made, command, folder, workers, executor, dask, progress)


def compare(
    a: Source,
    b: Source | None = None,
    n: int = REPLICATES,
    *,
    seed: int | None = None,
    set: Mapping[str, object] | None = None,
    set_b: Mapping[str, object] | None = None,
    plane: str = "compiled",
    metrics: Sequence[str] = (),
    confidence: float = 0.95,
    folder: Folder = None,
    workers: int | None = None,
    executor: Executor | None = None,
    dask: str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Study:
    """Run two scenarios with the same seeds and tell B minus A, pair by pair (`differences`).

    Without `b`, B is `a` with the values of `set_b`. `set` holds for both. With the same seed both
    meet the same traffic (where their workloads are the same) and the same luck, which makes
    differences far sharper than two studies apart. The rest is as in `replicate`.
    """
    from aurosim.study import plan
    from aurosim.study.language import SEED

    if b is None and not set_b:
        raise UsageError(
            "compare needs two scenarios, or what is to be changed in one: "
            'aurosim compare A B, or --set-b PATH=VALUE (set_b={"run.duration": "1 min"}).'
        )
    if SEED in (set_b or {}):
        raise UsageError(
            f"{SEED} is not of B alone: pairs share their seeds. Say the first one with seed "
            "(--seed) and how many with n (-n)."
        )
    first = api.load(a, set)
    second = api.load(a if b is None else b, {**(set or {}), **(set_b or {})})
    name = first.name if first.name == second.name else f"{first.name}-against-{second.name}"
    changed = ", ".join(f"{path}={value}" for path, value in (set_b or {}).items())
    about = second.name + (f" with {changed}" if changed else "")
    made = plan.make(
        plan.COMPARE, name,
        [plan.Point("A", first, about=first.name), plan.Point("B", second, about=about)],
        replicates=n, seed=first.run.seed if seed is None else seed, paths=metrics, plane=plane,
        confidence=confidence, question=first.question,
    )  # fmt: skip
    command = ["aurosim", "compare", _named(a, 0), *([] if b is None else [_named(b, 1)])]
    command += [*_sets("--set", set), *_sets("--set-b", set_b), *_asked(made, metrics)]
    return _run(made, command, folder, workers, executor, dask, progress)


def _named(source: object, point: int) -> str:
    """How a command names a scenario: text and objects by the file in the study's folder."""
    if isinstance(source, str | Path) and "\n" not in str(source):
        return str(source)
    return f"points/{point:03d}/scenario.resolved.yaml"


def _sets(option: str, given: Mapping[str, object] | None) -> list[str]:
    pairs = (given or {}).items()
    return [word for path, value in pairs for word in (option, f"{path}={value}")]


def _flags(changes: Mapping[str, object]) -> list[str]:
    return [word for key, value in changes.items() for word in (f"--{key}", str(value))]


def _asked(plan: Plan, metrics: Sequence[str]) -> list[str]:
    words = ["-n", str(len(plan.seeds)), "--seed", str(plan.seeds[0])]
    words += [word for path in metrics for word in ("--metric", path)]
    words += ["--plane", plan.plane] if plan.plane != "compiled" else []
    words += ["--confidence", f"{plan.confidence:g}"] if plan.confidence != 0.95 else []
    words += ["--interval", plan.interval] if plan.interval != "student" else []
    return words


def _run(
    plan: Plan,
    command: list[str],
    folder: Folder,
    workers: int | None,
    executor: Executor | None,
    dask: str | None,
    progress: Callable[[Progress], None] | None,
) -> Study:
    from aurosim import study
    from aurosim.simulation.provenance import Clock
    from aurosim.study import provenance

    named = folder(plan) if callable(folder) else folder
    clock, place = Clock(), None if named is None else Path(named)
    with _shown(progress, plan.plane) as report:
        ran = study.run(
            plan, folder=place, executor=executor, workers=workers, dask=dask, progress=report
        )
    who = type(executor).__name__ if executor is not None else "dask" if dask else "processes"
    return Study(ran, provenance.describe(ran, clock, command, who))


@contextmanager
def _shown(
    progress: Callable[[Progress], None] | None, plane: str
) -> Iterator[Callable[[Progress], None] | None]:
    """The callback given, or the line of a notebook where this is one."""
    from aurosim.report import progress as showing

    if progress is not None or not showing.in_notebook():
        yield progress
        return
    showing.announce(plane)
    with showing.study_notebook() as report:
        yield report


class Study:
    """What many runs say: tidy tables, their page, and where they come from."""

    def __init__(self, ran: Ran, provenance: Mapping[str, Any]) -> None:
        from aurosim import study

        self._ran = ran
        self._tables: Tables = study.tabulate(ran)
        self._provenance = dict(provenance)

    @property
    def plan(self) -> Plan:
        """What was run: points, seeds, metrics."""
        return self._ran.plan

    @cached_property
    def replicates(self) -> pd.DataFrame:
        """One row per replicate, point and metric: `value` in `unit`, NaN where there is none."""
        return columns.frame(self._tables.replicates)

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """One row per point and metric: `estimate`, `low`, `high`, how, of how many replicates."""
        return columns.frame(self._tables.estimates)

    @cached_property
    def differences(self) -> pd.DataFrame | None:
        """Of a comparison: one row per metric, B minus A over pairs, and in words. Else None."""
        found = self._tables.differences
        return None if found is None else columns.frame(found)

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Replicates that could not be run: point, seed, error, and the command to run each."""
        return list(self._provenance["failures"])

    @property
    def provenance(self) -> dict[str, Any]:
        """When, where and with which versions it ran, and how to run it again."""
        return self._provenance

    @property
    def complete(self) -> bool:
        """Whether every replicate is there."""
        return self._ran.complete

    @property
    def interrupted(self) -> bool:
        """Whether it was interrupted from the keyboard."""
        return self._ran.interrupted

    @property
    def held(self) -> bool:
        """Whether every `expect:` line held in every replicate."""
        rows = columns.records(self._tables.estimates)
        return all(row["estimate"] == 1 for row in rows if row["metric"].startswith("expect: "))

    def save(self, folder: str | Path | None = None) -> Path:
        """Write study.html, the tables and what it takes to go on; return the folder.

        The default is the folder it ran in, else `./reports/<name>-<kind>` (with six letters
        for B's values), and behind it what was set. Tables and points that an earlier study left
        there go. Raises OutputError rather than overwrite what no study wrote.
        """
        from aurosim.report import load_matplotlib

        load_matplotlib()
        from aurosim.report import study_folder

        return study_folder.save(self._ran, self._tables, self._provenance, folder)

    def __repr__(self) -> str:
        from aurosim.report import study_lines

        return study_lines.text(self._ran, self._tables)

    def _repr_html_(self) -> str:
        from aurosim.report import load_matplotlib

        load_matplotlib()
        from aurosim.report import study_page

        return study_page.card(self._ran, self._tables)

    @property
    def command(self) -> str:
        """The command that runs it again, as one types it."""
        return shlex.join(self._provenance["command"])
