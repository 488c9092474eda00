"""From plain data to specs, with holes where the file is wrong.

Validation is repeated: each round's faults are told and replaced by holes, until what is left is a
whole scenario. So
the cross-checks always have something to check, and a file's faults come out at once.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from aurosim.errors import Complaint
from aurosim.scenario.document import Scenario
from aurosim.scenario.foreign import not_a_scenario
from aurosim.scenario.holes import BROKEN
from aurosim.scenario.nearest import listed
from aurosim.scenario.phrases import keys_of, sentence
from aurosim.scenario.reading import Path_, Source, field_text

# Each round can only lay bare what the one before hid (a union's members, a list's items), so a few
# are enough.
MAX_ROUNDS = 12

Read = TypeVar("Read", bound=BaseModel)


class Report:
    """The complaints about one source, each with its place."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.complaints: list[Complaint] = list(source.complaints)
        self._said = set(self.complaints)

    def add(self, path: Path_, message: str) -> None:
        """Complain about what is at the path; where nothing is there, the line is that of what
        should hold it.
        """
        held = path
        while held and held not in self.source.lines:
            held = held[:-1]
        by = next(
            (text for at, text in self.source.set_by.items() if _concerns(at, path, held)), None
        )
        place = (
            (self.source.name, self.source.lines.get(held, 1))
            if by is None
            else (f"--set {by}", None)
        )
        complaint = Complaint(place[0], place[1], field_text(path), message)
        if complaint not in self._said:
            self._said.add(complaint)
            self.complaints.append(complaint)

    def say_only(self, message: str) -> None:
        """Complain about the file as a whole, which makes every other complaint idle."""
        self.complaints, self._said = [], set()
        self.add((), message)

    def in_order(self) -> list[Complaint]:
        """The complaints by line, those of one line as they were found."""
        return sorted(self.complaints, key=lambda complaint: complaint.line or 0)


def _concerns(at: Path_, path: Path_, held: Path_) -> bool:
    """Whether what was set at `at` is what stands at `path`, or the reason that anything stands
    there.
    """
    return path[: len(at)] == at or (held != path and at[: len(path)] == path)


LEAST = (
    "a scenario has at least name, run, cluster and workload. `aurosim new` writes one to "
    "begin with."
)


def parse(source: Source, report: Report) -> Scenario | None:
    """The scenario of the source with holes where it is wrong; None where too little of it is
    right.
    """
    other = not_a_scenario(source.tree, source.name, keys_of(Scenario))
    if other is not None:
        report.say_only(other)
        return None
    return parse_as(Scenario, source, report, LEAST)


def parse_as(model: type[Read], source: Source, report: Report, least: str) -> Read | None:
    """As `parse`, for any mapping of the language; `least` says what such a file has at least."""
    tree = source.tree
    if not isinstance(tree, dict):
        said = "is empty" if tree is None else "is not a mapping"
        report.add((), f"{said}; {least}")
        return None
    for _ in range(MAX_ROUNDS):
        try:
            return model.model_validate(tree)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                _take(tree, detail, report, model)
    return None


def _take(tree: Any, detail: ErrorDetails, report: Report, root: type[BaseModel]) -> None:
    """Tell one finding and put a hole where it is."""
    path = tuple(
        part for part in detail["loc"] if not (isinstance(part, str) and part.startswith("<"))
    )
    held, parent = _held(tree, path)
    unknown_key = detail["type"] == "extra_forbidden"
    missing = detail["type"] == "missing"
    told = path if missing else held
    said = _missing(detail["loc"], root) if missing else _sentence(detail, root)
    report.add(told, said)
    if unknown_key and held == path:
        del parent[path[-1]]
    elif missing and held == path[:-1] and isinstance(_at(tree, held), dict):
        _at(tree, held)[path[-1]] = BROKEN
    elif held:
        _at(tree, held[:-1])[held[-1]] = BROKEN


def _at(tree: Any, path: Path_) -> Any:
    for part in path:
        tree = tree[part]
    return tree


def _held(tree: Any, path: Path_) -> tuple[Path_, Any]:
    """The longest beginning of the path that is in the tree, and what holds its end."""
    parent, here = None, tree
    for length, part in enumerate(path):
        inside = isinstance(here, dict) and part in here
        inside = inside or (isinstance(here, list) and isinstance(part, int) and part < len(here))
        if not inside:
            return path[:length], parent
        parent, here = here, here[part]
    return path, parent


def _missing(location: tuple[int | str, ...], root: type[BaseModel]) -> str:
    for model in models_at(location[:-1], root):
        for name, field in model.model_fields.items():
            if (field.alias or name) == location[-1] and field.description:
                return f"is missing: {field.description}"
    return "is missing."


def _sentence(detail: ErrorDetails, root: type[BaseModel]) -> str:
    """What to say of a finding; of an unknown key also where it belongs, one step down."""
    models = models_at(detail["loc"][:-1], root)[:1]
    text = sentence(detail, [key for model in models for key in keys_of(model)])
    if detail["type"] != "extra_forbidden":
        return text
    fields = [(f.alias or n, f) for model in models for n, f in model.model_fields.items()]
    last = str(detail["loc"][-1])
    inner = [key for key, f in fields for m in models_in(f.annotation) if last in keys_of(m)]
    return f"{text} It belongs under {listed(inner)}." if inner else text


def models_at(
    location: tuple[int | str, ...], root: type[BaseModel] = Scenario
) -> list[type[BaseModel]]:
    """The specs that may stand at a place: a path of the file, or one of pydantic's with tags in
    it.
    """
    here: list[type[BaseModel]] = [root]
    for part in location:
        if isinstance(part, int):
            continue
        if part.startswith("<"):
            here = [model for model in here if _tagged(model, part)] or here
        else:
            fields = [(f.alias or n, f) for model in here for n, f in model.model_fields.items()]
            held = [model for key, f in fields if key == part for model in models_in(f.annotation)]
            here = list(dict.fromkeys(held))
    return here


def lists_of(models: list[type[BaseModel]]) -> set[str]:
    """The keys of these specs that hold lists."""
    fields = [(f.alias or n, f) for model in models for n, f in model.model_fields.items()]
    return {key for key, f in fields if _is_list(f.annotation)}


def _is_list(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return origin is list or (origin is Annotated and _is_list(get_args(annotation)[0]))


def _tagged(model: type[BaseModel], tag: str) -> bool:
    word = tag.strip("<>")
    law = model.model_fields.get("law")
    return word in get_args(law.annotation) if law is not None else word in model.model_fields


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The specs that an annotation mentions, in order."""
    if get_origin(annotation) in (Annotated, list, Union, types.UnionType):
        for argument in get_args(annotation):
            yield from models_in(argument)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
