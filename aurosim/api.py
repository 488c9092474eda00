"""What a notebook holds: `run` a scenario, get a `Run` with its tables, pictures and files.

    import aurosim
    r = aurosim.run("writer-host-failure", seed=1)
    r.summary["workloads"]["orders"]["availability"]

The simulator is loaded by the first run, pandas by the first table asked for, neither by the
import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aurosim import scenario as language
from aurosim.errors import ScenarioError, UnitError, UsageError
from aurosim.scenario.shipped import find, shipped
from aurosim.units import duration_ns

if TYPE_CHECKING:
    import pandas as pd

    from aurosim.report.plots import Plots
    from aurosim.scenario import Scenario
    from aurosim.simulation import Progress, Result
    from aurosim.simulation.tracing import RequestTrace

    Source = str | Path | Scenario | Mapping[str, Any]

__all__ = ["Run", "check", "load", "run", "shipped", "trace"]

DICT = "the dict"
"""What complaints call a scenario that is no file."""


def load(
    source: Source,
    set: Mapping[str, object] | None = None,
    cure: bool | int = False,
) -> Scenario:
    """The fully resolved scenario that `source` means.

    `source` is a path, the name of a shipped scenario, YAML text (anything with a line break), a
    dict of the same shape, or what `load` returned before; `set` overrides values by path, as
    `--set` does, and may hold lists and dicts:

        bad_day = load("how-many-readers", set={"faults": [{"at": "10 s", "crash": "instance"}]})
        worse = load(bad_day, set={"cluster.readers.count": 1})

    `cure` puts the cures that it names in place: all with True, or the one of that number, from 1.
    Raises ScenarioError, which carries every fault found, or UsageError where there is no such
    file or name.
    """
    overrides = {
        path: value if isinstance(value, str) else language.as_yaml(value)
        for path, value in _overrides(set).items()
    }
    found = _loaded(source, overrides)
    if cure is False:
        return found
    if not isinstance(cure, int):
        raise UsageError(f"cure is {cure!r}; it is True for all cures, or the number of one.")
    return language.cured(found, None if cure is True else cure)


def _loaded(source: Source, overrides: Mapping[str, str]) -> Scenario:
    if isinstance(source, Mapping):
        return _of_a_dict(source, overrides)
    if isinstance(source, str) and "\n" in source:
        return language.loads(source, "<text>", overrides)
    if isinstance(source, str | Path):
        return language.load(find(str(source)), overrides)
    if not isinstance(source, language.Scenario):
        raise UsageError(
            f"a scenario cannot be a {type(source).__name__}: give a path, the name of a shipped "
            "scenario, YAML text, a dict, or what aurosim.load returned."
        )
    return language.changed(source, overrides) if overrides else source


def _of_a_dict(source: Mapping[str, Any], overrides: Mapping[str, str]) -> Scenario:
    """The scenario that a dict says. Its complaints name fields; lines it has none."""
    try:
        return language.loads(language.as_yaml(source), DICT, overrides)
    except ScenarioError as error:
        raise ScenarioError(
            replace(each, line=None) if each.file == DICT else each for each in error.complaints
        ) from None


def _overrides(given: object) -> dict[str, object]:
    """The overrides by path. Raises UsageError for what is no mapping of texts."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(path, str) for path in given):
        raise UsageError(
            f"set is a {type(given).__name__}; it must be a mapping of paths to values, "
            'like set={"run.seed": 2}.'
        )
    return dict(given)


def check(source: Source, set: Mapping[str, object] | None = None) -> list[str]:
    """Every fault of a scenario, each with file, line, field and rule; empty if there is none."""
    try:
        load(source, set)
    except ScenarioError as error:
        return [str(complaint) for complaint in error.complaints]
    return []


def run(
    source: Source,
    seed: int | None = None,
    plane: str = "compiled",
    set: Mapping[str, object] | None = None,
    progress: Callable[[Progress], None] | None = None,
    cure: bool | int = False,
) -> Run:
    """Run a scenario (a name, a path, text, a dict: as `load` takes it); return what happened.

    `seed` is short for `set={"run.seed": seed}`; `progress` is called now and then while it runs,
    and without one a notebook shows it under the cell. `cure` is as for `load`: with
    `cure=True` it runs with every cure that the scenario names.
    Interrupted from the keyboard, it returns what there is so far, marked `partial`.
    Raises as `load` does.
    """
    overrides = _overrides(set)
    if seed is not None:
        overrides["run.seed"] = seed
    resolved = load(source, overrides, cure)
    from aurosim import simulation
    from aurosim.report import progress as showing

    if progress is None and showing.in_notebook():
        showing.announce(plane)
        with showing.notebook() as report:
            return Run(simulation.run(resolved, plane=plane, progress=report))
    return Run(simulation.run(resolved, plane=plane, progress=progress))


def _time(name: str, text: str) -> int:
    try:
        return duration_ns(text)
    except UnitError as error:
        raise UsageError(f"{name} {error}") from None


def trace(
    source: str | Path | Scenario,
    request: int | None = None,
    workload: str | None = None,
    seed: int | None = None,
    set: Mapping[str, object] | None = None,
    at: str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> RequestTrace:
    """One request's way, event by event: its lines are in `.table`.

    `request` counts the requests of `workload` as they fall due, from 1; `at` ("40.2 s") asks for
    the first that falls due then or later instead. The only workload need not be named. The
    scenario runs on SimPy until that request has ended; the rest is as with `run`. Interrupted from
    the keyboard, it returns what there is so far, marked `partial`. Raises UsageError where there
    is no such workload or request.
    """
    overrides = _overrides(set)
    if seed is not None:
        overrides["run.seed"] = seed
    resolved = load(source, overrides)
    from aurosim.report import progress as showing
    from aurosim.simulation import tracing

    at_ns = None if at is None else _time("at", at)
    asked: dict[str, Any] = {"workload": workload, "request": request, "at_ns": at_ns}
    if progress is None and showing.in_notebook():
        showing.announce(tracing.PLANE)
        with showing.notebook() as report:
            return tracing.trace_request(resolved, progress=report, **asked)
    return tracing.trace_request(resolved, progress=progress, **asked)


class Run:
    """One run of one scenario: its answers, the tables behind them, its pictures and its files."""

    def __init__(self, result: Result) -> None:
        self._result = result

    @property
    def scenario(self) -> Scenario:
        """The scenario as it was run: every default and every override in it."""
        return self._result.scenario

    @property
    def summary(self) -> dict[str, Any]:
        """What `summary.json` holds (docs: the contract, with the unit in every name)."""
        return self._result.summary

    @property
    def timeseries(self) -> pd.DataFrame:
        """One row per interval and series."""
        return self._result.timeseries

    @property
    def events(self) -> pd.DataFrame:
        """One row per thing that happened to the cluster, with its start and its end."""
        return self._result.events

    @property
    def latency(self) -> pd.DataFrame:
        """Latency quantiles per workload and kind of statement."""
        return self._result.latency

    @property
    def processes(self) -> pd.DataFrame:
        """The processes that had outages: how long, and why they lasted."""
        return self._result.processes

    @property
    def provenance(self) -> dict[str, Any]:
        """When, where and with which versions it ran: enough to run it again."""
        return self._result.provenance

    @property
    def partial(self) -> bool:
        """Whether it was interrupted before its end."""
        return self._result.partial

    @property
    def held(self) -> bool:
        """Whether every `expect:` line of the scenario held."""
        return all(line["held"] for line in self.summary["expect"])

    @property
    def plot(self) -> Plots:
        """The report's figures, one function each: `r.plot.<tab>` lists them."""
        from aurosim.report import load_matplotlib

        load_matplotlib()
        from aurosim.report.plots import Plots

        return Plots(self._result)

    def save(self, folder: str | Path | None = None) -> Path:
        """Write report.html and the files behind it; return the folder.

        The default is `./reports/<name>-seed<N>`, and behind it what was set for this run.
        Raises OutputError rather than overwrite what aurosim did not write.
        """
        from aurosim.report import folder as files

        return files.save(self._result, folder)

    def __repr__(self) -> str:
        lines = [f"<aurosim.Run {self._title()}>", *self._lines()]
        return "\n  ".join(lines).replace("\u2009", ",")

    def _repr_html_(self) -> str:
        from aurosim.report import card

        return card.html(self._result)

    def _title(self) -> str:
        from aurosim.report import words

        cut = ", interrupted" if self.partial else ""
        seconds = words.rounded(self.summary["duration_s"])
        return f"{self.summary['scenario']}, seed {self.summary['seed']}, {seconds} s{cut}"

    def _lines(self) -> list[str]:
        """One line per promise, cure, workload and failover; numbers as the report rounds them."""
        from aurosim.report import answer, cures, words

        lines = [
            f"{'held' if one.held else 'FAILED'}: {one.text} (is {one.value})"
            for one in answer.verdicts(self._result)
        ]
        lines += [cure.line for cure in cures.told(self.scenario, cures.IN_PYTHON)]
        for name, of in self.summary["workloads"].items():
            p99 = words.milliseconds(of["latency_ms"]["p99"])
            good, due = (words.rounded(of[f"{key}_per_s"]) for key in ("good", "due"))
            rates = f"{good} good/s of {due}"
            lines.append(f"{name}: {rates}, p99 of good {p99}, {_failed(of)}")
        for cluster in self.summary["clusters"].values():
            for event in cluster["failovers"]:
                start = words.rounded(event["start_s"])
                lines.append(f"failover at {start} s from {event['from']} to {event['to']}")
        return lines


def _failed(workload: Mapping[str, Any]) -> str:
    """The share of a workload's requests that failed, in words."""
    from aurosim.report import downtime, words

    share = downtime.failed(workload)
    return f"{words.share(share)} of requests failed" if share else "none failed"
