"""Loading a scenario: read, override, parse, check, try its cures, resolve; all complaints at once,
or a scenario with nothing left unsaid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from aurosim.errors import Complaint, ScenarioError, UsageError
from aurosim.scenario import curing
from aurosim.scenario.checks import check
from aurosim.scenario.cure import CureSpec
from aurosim.scenario.document import Origin, Scenario
from aurosim.scenario.measured import content_of, settled
from aurosim.scenario.overrides import apply
from aurosim.scenario.parsing import Report, parse
from aurosim.scenario.reading import Source, read, read_file
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
    cures: Sequence[int] = (),
) -> Scenario:
    """The resolved scenario of a text; `name` is what complaints call it, `folder` what relative
    paths count from. `cures` are the numbers of its cures to put in place, from 1, after the
    overrides.
    """
    source = read(text, name)
    apply(source, overrides)
    origin = Origin(text, name, dict(overrides), folder or Path("."), tuple(cures))
    found = _checked(source, origin, as_written=True)
    for number in cures:
        source = curing.with_cure(source, found.cure[number - 1], number)
    if cures:
        found = _checked(source, origin)
    plain = resolved(found)
    plain = plain.model_copy(update={"cure": _cures(source, found, plain)})
    plain._traces = content_of(found)
    return plain


def _checked(source: Source, origin: Origin, *, as_written: bool = False) -> Scenario:
    """The scenario in the words of its file, without holes. Raises ScenarioError with every fault.

    `as_written` looks at its cures, too: with one in place, a path of another may be gone.
    """
    report = Report(source)
    scenario = parse(source, report)
    if scenario is not None:
        scenario._origin = origin
        scenario = settled(scenario, report.add)
        check(scenario, report.add)
        if as_written and not _is_changed(origin):
            curing.check(source, scenario, report.add)
    if report.complaints or scenario is None:
        raise ScenarioError(report.in_order())
    return scenario


def _is_changed(origin: Origin) -> bool:
    """Whether the plan is another than the file's, so that a cure may have lost its meaning. Cures
    are then left out without a word: who improves a plan need not mend its lesson.
    """
    by_hand = origin.overrides and not any(path.startswith("cure") for path in origin.overrides)
    return bool(by_hand or origin.cures)


def _cures(source: Source, found: Scenario, plain: Scenario) -> list[CureSpec]:
    """The cures with nothing left unsaid; `plain` is the resolved scenario without them."""
    whole: list[CureSpec] = []
    complaints: list[Complaint] = []
    for number, cure in enumerate(found.cure, 1):
        try:
            whole.append(curing.settled(cure, plain, _tried(source, found, cure, number)))
        except ScenarioError as error:
            complaints += error.complaints
    if complaints and not _is_changed(found.origin):
        raise ScenarioError(complaints)
    return whole if not complaints and all(cure.mends for cure in whole) else []


def _tried(source: Source, found: Scenario, cure: CureSpec, number: int) -> Scenario:
    cured = curing.with_cure(source, cure, number)
    try:
        return resolved(_checked(cured, found.origin))
    except ScenarioError as error:
        raise curing.blamed(source, cure, number, error) from error


def changed(scenario: Scenario, overrides: Mapping[str, str]) -> Scenario:
    """The scenario loaded again from what it was loaded from, with more values set.

    Setting values in the resolved text would be too late: what follows from them is in place there.
    Raises UsageError if the scenario is not what it was loaded as: that would be lost.
    """
    origin = _origin(scenario, "no more values can be set. Set them all when it is loaded.")
    overrides = later(origin.overrides, overrides)
    return loads(origin.text, origin.name, overrides, origin.folder, origin.cures)


def cured(scenario: Scenario, number: int | None = None) -> Scenario:
    """The scenario with its cures in place, or with the one of that number, from 1.

    Raises UsageError where there is none, or nothing is left to cure.
    """
    many = len(scenario.cure)
    if not many:
        raise UsageError(f"scenario '{scenario.name}' names no cure. `cure:` in its file would.")
    if number is not None and not 1 <= number <= many:
        known = "one cure" if many == 1 else f"cures 1 to {many}"
        raise UsageError(f"scenario '{scenario.name}' has {known}; there is no number {number}.")
    wanted = range(1, many + 1) if number is None else (number,)
    if all(scenario.cure[each - 1].in_place for each in wanted):
        raise UsageError(f"the cure of scenario '{scenario.name}' is in place: run it without.")
    origin = _origin(scenario, "it cannot be cured. Cure it as it was loaded.")
    cures = tuple(dict.fromkeys((*origin.cures, *wanted)))
    return loads(origin.text, origin.name, origin.overrides, origin.folder, cures)


def _origin(scenario: Scenario, so: str) -> Origin:
    """What the scenario was loaded from, if it still is that."""
    origin = scenario.origin
    again = loads(origin.text, origin.name, origin.overrides, origin.folder, origin.cures)
    if again != scenario:
        raise UsageError(
            f"scenario '{scenario.name}' was changed after it was loaded, so that {so}"
        )
    return origin


def later(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Both, the later ones last: what was set before at a place that is set anew, or within it, is
    gone.
    """
    kept = {
        path: value
        for path, value in before.items()
        if not any(path == new or path.startswith(f"{new}.") for new in after)
    }
    return {**kept, **after}
