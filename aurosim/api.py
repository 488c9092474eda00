"""What a notebook holds: `run` a scenario, get a `Run` with its tables, pictures and files.

    import aurosim
    r = aurosim.run("writer-host-failure", seed=1)
    r.summary["workloads"]["orders"]["availability"]

The simulator and pandas are loaded by the first run, not by the import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aurosim import scenario as language
from aurosim.errors import ScenarioError, UsageError
from aurosim.scenario.shipped import find, shipped

if TYPE_CHECKING:
    import pandas as pd

    from aurosim.report.plots import Plots
    from aurosim.scenario import Scenario
    from aurosim.simulation import Progress, Result

__all__ = ["Run", "check", "load", "run", "shipped"]


def load(source: str | Path | Scenario, set: Mapping[str, object] | None = None) -> Scenario:
    """The fully resolved scenario that `source` means.

    `source` is a path, the name of a shipped scenario, YAML text (anything with a line break) or a
    resolved scenario; `set` overrides values by path, as `--set` does. Raises ScenarioError, which
    carries every fault found, or UsageError where there is no such file or name.
    """
    overrides = {path: str(value) for path, value in _overrides(set).items()}
    if isinstance(source, str) and "\n" in source:
        return language.loads(source, "<text>", overrides)
    if isinstance(source, str | Path):
        return language.load(find(str(source)), overrides)
    if not isinstance(source, language.Scenario):
        raise UsageError(
            f"a scenario cannot be a {type(source).__name__}: give a path, the name of a shipped "
            "scenario, YAML text, or what aurosim.load returned (a dict: yaml.safe_dump it)."
        )
    return language.changed(source, overrides) if overrides else source


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


def check(source: str | Path | Scenario, set: Mapping[str, object] | None = None) -> list[str]:
    """Every fault of a scenario, each with file, line, field and rule; empty if there is none."""
    try:
        load(source, set)
    except ScenarioError as error:
        return [str(complaint) for complaint in error.complaints]
    return []


def run(
    source: str | Path | Scenario,
    seed: int | None = None,
    plane: str = "compiled",
    set: Mapping[str, object] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Run a scenario and return what happened.

    `seed` is short for `set={"run.seed": seed}`; `progress` is called now and then while it runs,
    and without one a notebook shows it under the cell.
    Interrupted from the keyboard, it returns what there is so far, marked `partial`.
    Raises as `load` does.
    """
    overrides = _overrides(set)
    if seed is not None:
        overrides["run.seed"] = seed
    resolved = load(source, overrides)
    from aurosim import simulation
    from aurosim.report import progress as showing

    if progress is None and showing.in_notebook():
        showing.announce(plane)
        with showing.notebook() as report:
            return Run(simulation.run(resolved, plane=plane, progress=report))
    return Run(simulation.run(resolved, plane=plane, progress=progress))


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

        The default is `./reports/<name>-seed<N>`.
        Raises OutputError rather than overwrite what aurosim did not write.
        """
        from aurosim.report import folder as files

        return files.save(self._result, folder)

    def __repr__(self) -> str:
        lines = [f"<aurosim.Run {self._title()}>", *self._lines()]
        return "\n  ".join(lines)

    def _repr_html_(self) -> str:
        from aurosim.report import card

        return card.html(self._result)

    def _title(self) -> str:
        cut = ", interrupted" if self.partial else ""
        seconds = format(self.summary["duration_s"], "g")
        return f"{self.summary['scenario']}, seed {self.summary['seed']}, {seconds} s{cut}"

    def _lines(self) -> list[str]:
        """One line per expectation, workload and failover."""
        lines = [
            f"{'held' if line['held'] else 'FAILED'}: {line['text']} (is {line['value']}"
            f"{', ' + line['why'] if line.get('why') else ''})"
            for line in self.summary["expect"]
        ]
        for name, of in self.summary["workloads"].items():
            p99 = "-" if of["latency_ms"]["p99"] is None else f"{of['latency_ms']['p99']:.3g} ms"
            rates = f"{of['good_per_s']:.6g} good/s of {of['due_per_s']:.6g}"
            lines.append(f"{name}: {rates}, p99 of good {p99}, {_failed(of)}")
        for cluster in self.summary["clusters"].values():
            lines += [
                f"failover at {event['start_s']:g} s from {event['from']} to {event['to']}"
                for event in cluster["failovers"]
            ]
        return lines


def _failed(workload: Mapping[str, Any]) -> str:
    """The share of a workload's requests that failed, in words."""
    good = workload["availability"]["requests"]
    return "none failed" if good in (1, None) else f"{1 - good:.3g} of requests failed"
