"""`--set path=value`: one value of the file, replaced before the file is checked.

A path begins at the file's top; a list's item is named by its `name` or its number:
`cluster.instances.db-2.class`,
`workload.orders.arrivals.rate`, `faults.0.at`. The value is YAML, so `[1, 2]` is a list. Setting is
done on the file as written,
short forms included, so what the file says in short is set in short.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aurosim.errors import Complaint, ScenarioError
from aurosim.scenario.nearest import did_you_mean, listed
from aurosim.scenario.parsing import lists_of, models_at
from aurosim.scenario.phrases import keys_of
from aurosim.scenario.reading import Path_, Source, read
from aurosim.units import shown

MAX_OVERRIDES = 200


def apply(source: Source, overrides: Mapping[str, str]) -> None:
    """Set each path of the source's tree to its value; a path that leads nowhere is a complaint of
    the source.
    """
    if len(overrides) > MAX_OVERRIDES:
        message = f"{len(overrides)} values are set; the most is {MAX_OVERRIDES}. Edit the file."
        raise ScenarioError([Complaint("--set", None, "", message)])
    for path, text in overrides.items():
        setting = f"{path}={text}"
        try:
            place, value = place_of(source.tree, path), _value(text)
        except ValueError as error:
            source.complaints.append(Complaint(f"--set {setting[:120]}", None, "", str(error)))
            continue
        put(source.tree, place, value)
        source.set_by[place] = setting[:120]


def _value(text: str) -> Any:
    try:
        value = read(text, "--set")
    except ScenarioError as error:
        raise ValueError(f"the value {error.complaints[0].message}") from error
    if value.complaints:
        raise ValueError(f"the value {value.complaints[0].message}")
    return value.tree


def place_of(tree: Any, path: str) -> Path_:
    """Where the path leads in the tree: keys and list numbers. Its end may be a key that is not
    there yet. Raises ValueError where it leads nowhere.
    """
    parts = path.split(".")
    if not isinstance(tree, dict):
        raise ValueError("the file is not a mapping, so nothing in it can be set.")
    place: list[str | int] = []
    here: Any = tree
    for number, part in enumerate(parts, 1):
        walked = ".".join(parts[: len(place)])
        if isinstance(here, list):
            place.append(_number_in(here, part, walked))
            here = here[place[-1]]  # type: ignore[index]
        elif isinstance(here, dict) or here is None:
            _refuse_unknown(tuple(place), part, here or {}, whole=number == len(parts))
            place.append(part)
            here = (here or {}).get(part)
        else:
            raise ValueError(
                f"{walked} is {shown(here)} in this file and holds no '{part}'. Set {walked} "
                f"as a whole."
            )
    return tuple(place)


def _number_in(items: list[Any], part: str, walked: str) -> int:
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    if part in names:
        return names.index(part)
    if part.isdecimal() and part.isascii() and len(part) < 6 and int(part) < len(items):
        return int(part)
    known = [str(name) for name in names if isinstance(name, str)]
    have = (
        f"It has {listed(known)}"
        if known
        else f"It has numbers 0 to {len(items) - 1}"
        if items
        else "It is empty"
    )
    raise ValueError(f"{walked} has no '{part[:60]}'. {have}.{did_you_mean(part, known)}")


def _refuse_unknown(place: Path_, part: str, here: dict[str, Any], *, whole: bool) -> None:
    """A key that the language does not have there, or an item of a list that the file does not
    have: a list can be set as a `whole`.
    """
    models = models_at(place)
    known = [key for model in models for key in keys_of(model)]
    if (
        part in here
        or (models and part in known and (whole or part not in lists_of(models)))
        or place == ("model",)
    ):
        return
    walked = ".".join(str(step) for step in place)
    where = walked or "the file"
    if part in known:
        raise ValueError(
            f"{where} has no {part} in this file, so nothing in it can be set. "
            f"Set {'.'.join([walked, part]).strip('.')} as a whole: [...]."
        )
    words = list(dict.fromkeys([*here, *known]))
    raise ValueError(
        f"{where} has no key '{part[:60]}'. Known: {listed(words)}.{did_you_mean(part, words)}"
    )


def put(tree: Any, place: Path_, value: Any) -> None:
    """Set what is at the place of the tree."""
    here = tree
    for part in place[:-1]:
        if isinstance(here, dict) and here.get(part) is None:
            here[part] = {}
        here = here[part]
    here[place[-1]] = value
