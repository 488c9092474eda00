"""Loading a scenario: read, override, parse, check, resolve; all complaints at once, or a scenario
with nothing left unsaid.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aurosim.errors import ScenarioError, UsageError
from aurosim.scenario.checks import check
from aurosim.scenario.document import Origin, Scenario
from aurosim.scenario.measured import content_of, settled
from aurosim.scenario.overrides import apply
from aurosim.scenario.parsing import Report, parse
from aurosim.scenario.reading import read, read_file
from aurosim.scenario.resolution import resolved

NO_OVERRIDES: Mapping[str, str] = {}


def load(source: str | Path, overrides: Mapping[str, str] = NO_OVERRIDES) -> Scenario:
    """The resolved scenario of a file, `overrides` (path to text, as `--set` gives them) applied.

    Raises ScenarioError with every fault of the file. A relative trace file counts from the
    scenario's folder (`Scenario.folder`).
    """
    name, content = read_file(source)
    return loads(content, name, overrides, Path(source).absolute().parent)


def loads(
    text: str | bytes,
    name: str,
    overrides: Mapping[str, str] = NO_OVERRIDES,
    folder: Path | None = None,
) -> Scenario:
    """The resolved scenario of a text; `name` is what complaints call it, `folder` what relative
    paths count from.
    """
    source = read(text, name)
    apply(source, overrides)
    report = Report(source)
    scenario = parse(source, report)
    if scenario is not None:
        scenario._origin = Origin(text, name, dict(overrides), folder or Path("."))
        scenario = settled(scenario, report.add)
        check(scenario, report.add)
    if report.complaints or scenario is None:
        raise ScenarioError(report.in_order())
    scenario._traces = content_of(scenario)
    return resolved(scenario)


def changed(scenario: Scenario, overrides: Mapping[str, str]) -> Scenario:
    """The scenario loaded again from what it was loaded from, with more values set.

    Setting values in the resolved text would be too late: what follows from them is in place there.
    Raises UsageError if the scenario is not what it was loaded as: that would be lost.
    """
    origin = scenario.origin
    if loads(origin.text, origin.name, origin.overrides, origin.folder) != scenario:
        raise UsageError(
            f"scenario '{scenario.name}' was changed after it was loaded, so that no more values "
            "can be set. Set them all when it is loaded."
        )
    return loads(origin.text, origin.name, {**origin.overrides, **overrides}, origin.folder)
