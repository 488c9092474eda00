"""Trying a scenario's cures when it is loaded: each leads to a good scenario, and mends promises.

A cure is written in the short words of the file (`cluster.readers.count`), as `--set` would be. The
resolved scenario has no short words, so there a cure is what it changes of the resolved text, all
that follows from it included: a smaller pool has a shorter queue. So it is the same cure there.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

from aurosim.errors import ScenarioError
from aurosim.scenario.checks.saying import Say
from aurosim.scenario.cure import CureSpec
from aurosim.scenario.document import Scenario
from aurosim.scenario.holes import BROKEN, guarded
from aurosim.scenario.nearest import did_you_mean, listed
from aurosim.scenario.overrides import place_of, put
from aurosim.scenario.parsing import Report
from aurosim.scenario.reading import Path_, Source
from aurosim.scenario.writing import inline
from aurosim.units import shown

ROOTS: Final = ("cluster", "clusters", "workload", "faults")
"""What a cure may change. Another seed, a shorter run or a softer promise mends nothing."""


def check(source: Source, scenario: Scenario, say: Say) -> None:
    """Tell what is wrong with the cures as they are written."""
    if scenario.cure is BROKEN:
        return
    for place, cure in enumerate(scenario.cure):
        if cure is not BROKEN:
            guarded(_settings, source.tree, cure, ("cure", place, "set"), say)
            guarded(_mends, scenario, cure, ("cure", place, "mends"), say)


def _settings(tree: Any, cure: CureSpec, at: Path_, say: Say) -> None:
    if not cure.set_ and not cure.in_place:
        say(at, "is empty; a cure changes something, like `workload.orders.client.pool: 4`.")
    for path in cure.set_:
        root = path.split(".")[0]
        if root not in ROOTS:
            say((*at, path), f"cures nothing; a cure changes one of {listed(ROOTS)}.")
            continue
        try:
            place_of(tree, path)
        except ValueError as error:
            say((*at, path), f"leads nowhere: {error}")


def _mends(scenario: Scenario, cure: CureSpec, at: Path_, say: Say) -> None:
    for place, named in enumerate(cure.mends):
        if named is BROKEN or cure.lines(named, scenario.expect):
            continue
        known = [line.text for line in scenario.expect]
        rule = "it must be a line of expect, or the path of one."
        say((*at, place), f"is {shown(named)}; {rule}{did_you_mean(named, known)}")


def with_cure(source: Source, cure: CureSpec, number: int) -> Source:
    """The source with the cure's values in place. Raises ScenarioError where a path leads nowhere.

    `number` is the cure's place in the file, from 1.
    """
    cured = Source(source.name, deepcopy(source.tree), source.lines, set_by=dict(source.set_by))
    report = Report(source)
    for path, value in cure.set_.items():
        try:
            place = place_of(cured.tree, path)
        except ValueError as error:
            report.add(("cure", number - 1, "set", path), f"leads nowhere: {error}")
            continue
        put(cured.tree, place, deepcopy(value))
        cured.set_by[place] = setting(path, value)[:120]
    if report.complaints:
        raise ScenarioError(report.in_order())
    return cured


def blamed(source: Source, cure: CureSpec, number: int, error: ScenarioError) -> ScenarioError:
    """The faults of the cured scenario, told at the cure."""
    report = Report(source)
    for each in error.complaints:
        by = [path for path, value in cure.set_.items() if setting(path, value) in each.file]
        said = f"{each.field} {each.message}".strip()
        report.add(("cure", number - 1, "set", *by[:1]), f"makes no good scenario: {said}")
    return ScenarioError(report.in_order())


def setting(path: str, value: Any) -> str:
    """A value as `--set` would set it."""
    return f"{path}={inline(value)}"


def settled(cure: CureSpec, without: Scenario, with_it: Scenario) -> CureSpec:
    """The cure with nothing left unsaid, from the resolved scenario without it and with it."""
    changes = dict(_differences(_plain(without), _plain(with_it), ""))
    lines = [line for named in cure.mends for line in cure.lines(named, without.expect)]
    told = ", ".join(setting(path, value) for path, value in cure.set_.items())
    update = {
        "what": cure.what or told[:300] or None,
        "set_": changes,
        "mends": list(dict.fromkeys(lines)),
        "in_place": not changes,
    }
    return cure.model_copy(update=update)


def _plain(scenario: Scenario) -> dict[str, Any]:
    bare = scenario.model_copy(update={"cure": []})
    return bare.model_dump(mode="json", by_alias=True, exclude_none=True)


def _differences(old: Any, new: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The paths at which `new` differs, each with its value there; lists of other members whole."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() <= new.keys() and path:
        for key, value in new.items():
            yield from _differences(old.get(key), value, f"{path}.{key}")
    elif isinstance(old, dict) and isinstance(new, dict) and not path:
        for key in {**old, **new}:
            yield from _differences(old.get(key), new.get(key), key)
    elif isinstance(old, list) and isinstance(new, list) and _names(old) == _names(new):
        for name, one, other in zip(_names(new), old, new, strict=True):
            yield from _differences(one, other, f"{path}.{name}")
    else:
        yield path, new


def _names(items: list[Any]) -> list[str]:
    """How `--set` names the items of a list: by their names, or by their numbers."""
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    named = all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
    return [str(name) if named else str(place) for place, name in enumerate(names)]
