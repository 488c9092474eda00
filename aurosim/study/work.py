"""One replicate, as a worker does it: from text to numbers, with nothing but text on the way.

A worker may be another process or another machine. It gets the resolved scenario, as
`scenario.resolved.yaml` would hold it, and the bytes of its traces; it gives back the summary.
Nothing of the user's code travels. A worker says which aurosim it is, so that two different ones
never fill one table.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import aurosim
from aurosim import scenario as scenarios
from aurosim.scenario import Scenario

PACKAGE = Path(aurosim.__file__).resolve().parent
RESOLVED = "scenario.resolved.yaml"
SOURCES = (".py", ".csv")
ABOVE = ("cli", "report", "study", "validation", "studies.py", "api.py", "__main__.py")
"""What makes no numbers of a run: the rooms above the simulation."""


@dataclass(frozen=True)
class Job:
    """One replicate to be run. `key` is the same for the same numbers, and for no others."""

    key: str
    point: int
    seed: int
    plane: str
    text: str
    traces: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of a job: its summary as JSON, or what went wrong, and which aurosim did it."""

    key: str
    identity: str
    summary: str | None = None
    error: str = ""


@cache
def identity() -> str:
    """The version of this aurosim, with a hash of the sources and the numbers that a run is made
    of."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        place = path.relative_to(PACKAGE)
        if path.suffix in SOURCES and place.parts[0] not in ABOVE and path.is_file():
            digest.update(place.as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{aurosim.__version__}+{digest.hexdigest()[:16]}"


@dataclass(frozen=True)
class Parcel:
    """A point as it travels: its resolved scenario as text, without a seed of its own, the bytes of
    its traces, and a hash of both."""

    text: str
    traces: Mapping[str, bytes]
    digest: str


def parcel(scenario: Scenario) -> Parcel:
    """The scenario of a point, ready to travel."""
    pack = scenarios.pack(_seeded(scenario, 0))
    parts = [pack.text]
    for name, content in sorted(pack.traces.items()):
        parts += [name, hashlib.sha256(content).hexdigest()]
    return Parcel(pack.text, dict(pack.traces), _hash(parts))


def job(given: Parcel, point: int, seed: int, plane: str) -> Job:
    """The replicate of a point with a seed."""
    key = _hash([identity(), plane, str(seed), given.digest])
    return Job(key, point, seed, plane, given.text, given.traces)


def _hash(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:".encode() + part.encode())
    return digest.hexdigest()


def _seeded(scenario: Scenario, seed: int) -> Scenario:
    """The scenario with another seed; nothing that is resolved follows from it."""
    run = scenario.run.model_copy(update={"seed": seed})
    return scenario.model_copy(update={"run": run})


def execute(given: Job) -> Outcome:
    """Run the replicate. What goes wrong in it is told and not raised: other replicates go on.

    Interrupted from the keyboard, it raises KeyboardInterrupt: half a replicate is none.
    """
    from aurosim import simulation

    try:
        summary = simulation.summary_of(unpacked(given), plane=given.plane)
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        return Outcome(given.key, identity(), error=said[:500])
    if summary is None:
        raise KeyboardInterrupt
    return Outcome(given.key, identity(), summary=canonical(summary))


def unpacked(given: Job) -> Scenario:
    """The scenario of a job, loaded as any resolved scenario is; once for all seeds of a point."""
    return _seeded(_loaded(given.text, tuple(sorted(given.traces.items()))), given.seed)


@lru_cache(maxsize=4)
def _loaded(text: str, traces: tuple[tuple[str, bytes], ...]) -> Scenario:
    if not traces:
        return scenarios.loads(text, RESOLVED)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in traces:
            assert Path(name).name == name, "a trace stands beside its scenario"
            (Path(folder) / name).write_bytes(content)
        return scenarios.loads(text, RESOLVED, folder=Path(folder))


def canonical(value: Mapping[str, Any]) -> str:
    """The same text for the same numbers: sorted keys, shortest floats, never a NaN."""
    return json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
