"""The language of study files: one scenario, what is varied in it, and what is asked of it.

Read as scenarios are: hostile input is bounded, every fault has its file, line and field, and all
are told at once. A value that makes no good scenario is told at its own line.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from aurosim import scenario as scenarios
from aurosim.errors import AurosimError, ScenarioError, UsageError
from aurosim.scenario import Scenario
from aurosim.scenario.document import Text
from aurosim.scenario.fields import HOLE, Name, Ratio, Spec, word
from aurosim.scenario.foreign import not_a_study
from aurosim.scenario.holes import BROKEN, guarded
from aurosim.scenario.nearest import did_you_mean
from aurosim.scenario.parsing import Report, parse_as
from aurosim.scenario.reading import read, read_file
from aurosim.scenario.shipped import find, shipped
from aurosim.scenario.writing import inline
from aurosim.study import metrics, plan
from aurosim.study.plan import Plan, Point
from aurosim.study.statistics import INTERVALS, STUDENT

MAX_PATHS = 8
MAX_VALUES = 100
MAX_SETTINGS = 100
MAX_TOLD = 20
SEED = "run.seed"
SEEDS_ARE_OURS = (
    "is not set here: the seeds are the study's own. Say the first one with `seed` and how many "
    "with `replicates`."
)
ONCE = "once is enough. More runs of a point are more `replicates`."
NOTHING_VARIED = (
    "is empty; it needs at least 1 scenario path with its values, like "
    "`cluster.readers.count: [1, 2]`. `aurosim replicate` runs a scenario that does not vary."
)
LEAST = "a study has at least name, scenario and vary. docs/studies.md shows one."

Path_ = tuple[str | int, ...]
Settings = dict[str, str]
Chosen = tuple[tuple[str, int], ...]
"""A point as the paths that vary, each with the number of its value."""
Short = Annotated[str, Field(min_length=1, max_length=300)]


class StudySpec(Spec):
    """The whole file."""

    name: Name = Field(description="Its name, which names the output folder too.")
    question: Text | None = Field(default=None, description="The question that it answers.")
    scenario: Annotated[str, Field(min_length=1, max_length=1000)] = Field(
        description="The scenario that is varied: a file, its path counted from the folder of the "
        "study, or the name of a shipped one."
    )
    set_: Annotated[dict[str, Any], Field(max_length=MAX_SETTINGS)] = Field(
        alias="set",
        default_factory=dict,
        description="Values that hold at every point, by scenario path, as `--set` would set them.",
    )
    vary: Annotated[
        dict[
            str,
            Annotated[list[Any], Field(min_length=1, max_length=MAX_VALUES), HOLE],
        ],
        Field(max_length=MAX_PATHS),
    ] = Field(
        description="Scenario paths, as in `--set`, each with the list of its values. Every "
        "combination is a point; the last path changes fastest."
    )
    together: bool = Field(
        default=False,
        description="The lists go in step instead: point k takes the k-th value of each. They are "
        "then equally long.",
    )
    replicates: Annotated[int, Field(ge=1, le=plan.MAX_REPLICATES)] = Field(
        default=20, description="Runs at each point, each with its own seed."
    )
    seed: Annotated[int, Field(ge=0, lt=plan.MAX_SEED - plan.MAX_REPLICATES)] = Field(
        default=1, description="The first seed. Every point meets the same ones."
    )
    metrics: Annotated[list[Annotated[Short, HOLE]], Field(max_length=plan.MAX_METRICS)] = Field(
        default_factory=list,
        description="Result paths, as in `expect:`. Where none is said: good requests, mean and "
        "99th percentile of latency, availability and outages of each workload, and what the "
        "scenario's `expect:` and `shows:` are about.",
    )
    confidence: Annotated[Ratio, Field(ge=plan.LEAST_CONFIDENCE, le=plan.MOST_CONFIDENCE)] = Field(
        default=0.95, description="How often an interval holds what it is about."
    )
    interval: Annotated[str, word(*INTERVALS)] = Field(
        default=STUDENT,
        description="For means: `student`, or `bootstrap` (BCa) where replicates are many and "
        "their values far from normal.",
    )


def load(path: str | Path, changes: Mapping[str, Any] | None = None, plane: str = "kernel") -> Plan:
    """The plan of a study file. `changes` replaces keys of the file, such as `replicates`.

    Raises ScenarioError with every fault of the file.
    """
    name, content = read_file(path)
    return loads(content, name, Path(path).absolute().parent, changes, plane)


def loads(
    text: str | bytes,
    name: str,
    folder: Path,
    changes: Mapping[str, Any] | None = None,
    plane: str = "kernel",
) -> Plan:
    """As `load`, of a text; the scenario's path counts from `folder`."""
    source = read(text, name)
    for key, value in (changes or {}).items():
        if isinstance(source.tree, dict):
            source.tree[key] = value
            source.set_by[(key,)] = f"{key}={value}"
    report = Report(source)
    other = not_a_study(source.tree, source.name)
    if other is not None:
        report.add((), other)
        raise ScenarioError(report.in_order())
    spec = parse_as(StudySpec, source, report, LEAST)
    points: list[Point] = []
    if spec is not None:
        guarded(_check, spec, folder, report.add, points)
    if report.complaints or spec is None:
        raise ScenarioError(report.in_order())
    return plan.make(
        plan.SWEEP, spec.name, points, replicates=spec.replicates, seed=spec.seed,
        paths=spec.metrics, plane=plane, confidence=spec.confidence, interval=spec.interval,
        question=spec.question,
    )  # fmt: skip


Say = Callable[[Path_, str], None]


def _check(spec: StudySpec, folder: Path, say: Say, points: list[Point]) -> None:
    """What only the scenario can tell; fills `points`."""
    guarded(_seed, "set", spec.set_, say)
    guarded(_seed, "vary", spec.vary, say)
    guarded(_twice, spec, say)
    base = _base(spec, folder, say)
    if base is None:
        return
    whole: list[bool] = []
    guarded(_points, spec, folder, say, points, whole)
    for place, path in enumerate(spec.metrics):
        if path is not BROKEN:
            _metric(place, path, [base, *(point.scenario for point in points)], bool(whole), say)


def _seed(key: str, paths: Mapping[str, Any], say: Say) -> None:
    if SEED in paths:
        say((key, SEED), SEEDS_ARE_OURS)


def _twice(spec: StudySpec, say: Say) -> None:
    """No two points are one: of lists that go together whole points, else the values of each."""
    if not spec.vary:
        say(("vary",), NOTHING_VARIED)
    elif spec.together and len(spec.vary) > 1:
        points = zip(*spec.vary.values(), strict=False)
        for place, first, point in _repeated([list(values) for values in points]):
            say(("vary",), f"has {point} as point {first} and as point {place}: {ONCE}")
    else:
        for path, values in spec.vary.items():
            for place, first, value in _repeated(values):
                told = f"is {value}, which stands twice (first as number {first}): {ONCE}"
                say(("vary", path, place - 1), told)


def _repeated(values: Sequence[Any]) -> Iterator[tuple[int, int, str]]:
    """The first value that was there before, as (its number, that of its first, its text)."""
    texts = [inline(value) for value in values]
    first: dict[str, int] = {}
    for place, text in enumerate(texts, 1):
        if first.setdefault(text, place) < place:
            yield place, first[text], text[:80]
            return


def _base(spec: StudySpec, folder: Path, say: Say) -> Scenario | None:
    """The scenario with what holds at every point, before anything varies."""
    try:
        path = _file(spec.scenario, folder)
    except ValueError as error:
        say(("scenario",), str(error))
        return None
    try:
        return scenarios.load(path, _fixed(spec))
    except AurosimError as error:
        for complaint in str(error).splitlines()[:MAX_TOLD]:
            say(("scenario",), f"cannot be run: {complaint}")
        return None


def _metric(place: int, path: str, known: list[Scenario], whole: bool, say: Say) -> None:
    """The metric names a number at one point at least (a fourth reader is not at all of them).

    Of points that are not good, and so not known, it may be spoken: then nothing is said.
    """
    try:
        metrics.number(path, known)
    except ValueError as error:
        if whole:
            say(("metrics", place), str(error))


def _file(source: str, folder: Path) -> Path:
    """The scenario's file. Raises ValueError, in the words of a complaint, where there is none."""
    try:
        beside = folder / source
        if beside.is_file():
            return beside
        return find(source) if source in shipped() or "/" in source else _missing(source)
    except (UsageError, OSError, ValueError) as error:
        near = did_you_mean(source, shipped())
        raise ValueError(
            f"is '{source[:80]}', which is neither a file in the study's folder nor a shipped "
            f"scenario.{near or ' `aurosim list` shows the shipped ones.'}"
        ) from error


def _missing(source: str) -> Path:
    raise ValueError(source)


def _fixed(spec: StudySpec) -> Settings:
    return {path: inline(value) for path, value in spec.set_.items()}


def _combinations(spec: StudySpec) -> Iterator[Chosen]:
    """Each point as it is chosen."""
    numbers = [range(len(values)) for values in spec.vary.values()]
    together = zip(*numbers, strict=False) if spec.together else itertools.product(*numbers)
    for chosen in together:
        yield tuple(zip(spec.vary, chosen, strict=True))


def _scenario(spec: StudySpec, folder: Path, settings: Chosen) -> Scenario:
    values = {path: inline(spec.vary[path][number]) for path, number in settings}
    return scenarios.load(_file(spec.scenario, folder), {**_fixed(spec), **values})


def _points(
    spec: StudySpec, folder: Path, say: Say, points: list[Point], whole: list[bool]
) -> None:
    """Each point is a good scenario; what is not is told at the value that spoils it.

    `whole` gets an item if all are good.
    """
    if _too_many(spec, say):
        return
    faults: dict[str, set[Chosen]] = {}
    for settings in _combinations(spec):
        try:
            found = _scenario(spec, folder, settings)
        except ScenarioError as error:
            for complaint in error.complaints:
                faults.setdefault(str(complaint), set()).add(settings)
        except AurosimError as error:
            faults.setdefault(str(error), set()).add(settings)
        else:
            written = tuple((path, inline(spec.vary[path][n])) for path, n in settings)
            points.append(Point(label(written), found, written))
    for fault, where in list(faults.items())[:MAX_TOLD]:
        _blame(spec, fault, where, say)
    if not faults:
        whole.append(True)


def _too_many(spec: StudySpec, say: Say) -> bool:
    """Whether there are too many points, or lists that cannot go together; told if so."""
    lengths = [len(values) for values in spec.vary.values()]
    if not lengths:
        return True  # told in `_twice`
    if spec.together and len(set(lengths)) > 1:
        told = ", ".join(f"{path} has {len(v)}" for path, v in spec.vary.items())
        say(("vary",), f"goes together, so its lists are equally long; {told}.")
        return True
    many = lengths[0] if spec.together else math.prod(lengths)
    if many > plan.MAX_POINTS:
        say(("vary",), f"makes {many} points; the most is {plan.MAX_POINTS}. Vary less.")
        return True
    guarded(_too_many_runs, spec, many, say)
    return False


def _too_many_runs(spec: StudySpec, points: int, say: Say) -> None:
    if points * spec.replicates > plan.MAX_RUNS:
        runs = f"{points} points of {spec.replicates} replicates"
        say(("vary",), f"makes {runs}; the most is {plan.MAX_RUNS} runs. Vary less.")


def _blame(spec: StudySpec, fault: str, where: set[Chosen], say: Say) -> None:
    """Tell a fault at the value whose every point has it, or at `vary` with the first point."""
    every = list(_combinations(spec))
    for step in dict.fromkeys(step for settings in every for step in settings):
        if all(settings in where for settings in every if step in settings):
            say(("vary", *step), f"makes no good scenario: {fault}")
            return
    first = ", ".join(f"{path}={inline(spec.vary[path][n])}" for path, n in min(where))
    say(("vary",), f"makes no good scenario with {first}: {fault}")


def label(settings: Sequence[tuple[str, str]]) -> str:
    """A point's name: each value behind the end of its path that tells it from the others; of a
    path alone the last two steps."""
    ends = short([path for path, _ in settings])
    return ", ".join(f"{end}={value}" for end, (_, value) in zip(ends, settings, strict=True))


def short(paths: Sequence[str]) -> list[str]:
    """Each path by the end of it that tells it from the others; a path alone by two steps."""
    return [_short(path, paths) for path in paths]


def _short(path: str, paths: Sequence[str]) -> str:
    parts = path.split(".")
    for length in range(2 if len(paths) == 1 else 1, len(parts)):
        end = "." + ".".join(parts[-length:])
        if sum(f".{other}".endswith(end) for other in paths) == 1:
            return end[1:]
    return path
