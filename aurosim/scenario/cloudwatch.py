"""The JSON that CloudWatch's `get-metric-statistics` and `get-metric-data` give, as it is.

The one has points, each with its time, statistics and unit, in any order. The other has series,
each with a list of times and one of values, newest first, and one series in several parts where
the command put pages together. A file may hold anything: it is small and flat, or refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Never

from aurosim.errors import UsageError
from aurosim.scenario.arrivals import TraceSpec
from aurosim.scenario.exports import Point, Series, moment, number, refuse_too_many

At = tuple[str | int, ...]
STATISTICS = {"Sum": "sum", "Average": "average"}
_SPACE = re.compile(r"[ \t\r\n,:]*")
WAY = "Export it with get-metric-statistics or get-metric-data, --output json."


def is_json(content: bytes) -> bool:
    """Whether the file is JSON, as its first character tells."""
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def read_json(content: bytes, spec: TraceSpec) -> Series:
    """The series of the file that the spec means. Raises UsageError with line and field."""
    text = _decoded(content, spec.file)
    tree = _tree(text, spec.file)

    def place(*at: str | int) -> str:
        field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at)
        return f"{spec.file}:{_line(text, at)}: {field.removeprefix('.')}"

    if isinstance(tree, list):  # as `--query Datapoints` leaves it
        return _statistics(tree, (), None, spec, place)
    if isinstance(tree.get("Datapoints"), list):
        label = tree.get("Label")
        label = label if isinstance(label, str) else None
        return _statistics(tree["Datapoints"], ("Datapoints",), label, spec, place)
    if isinstance(tree.get("MetricDataResults"), list):
        return _data(tree, spec, place)
    if "MetricDataQueries" in tree or "Metrics" in tree:
        raise UsageError(f"{spec.file}: is a question to CloudWatch, not its answer. {WAY}")
    raise UsageError(f"{spec.file}: is JSON without Datapoints or MetricDataResults. {WAY}")


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: is not UTF-8 text. Save it as UTF-8.") from error


def _tree(text: str, name: str) -> Any:
    def constant(_: str) -> Never:
        raise ValueError("it holds NaN or Infinity")

    try:
        return json.loads(text, parse_constant=constant)
    except json.JSONDecodeError as error:
        raise UsageError(f"{name}:{error.lineno}: is not JSON: {error.msg}.") from error
    except RecursionError as error:
        raise UsageError(f"{name}: is nested too deeply to be CloudWatch's. {WAY}") from error
    except ValueError as error:  # NaN, or a number of thousands of digits
        said = str(error) if "NaN" in str(error) else "it holds a number that is too long"
        raise UsageError(f"{name}: is not JSON as CloudWatch writes it: {said}.") from error


def _line(text: str, at: At) -> int:
    """The line on which what stands at the path begins; only asked when there is a complaint."""
    decoder, here = json.JSONDecoder(), _SPACE.match(text).end()  # type: ignore[union-attr]

    def past(place: int) -> int:
        return _SPACE.match(text, place).end()  # type: ignore[union-attr]

    for part in at:
        here = past(here + 1)
        if isinstance(part, int):
            for _ in range(part):
                here = past(decoder.raw_decode(text, here)[1])
            continue
        while text[here] != "}":
            key, after = decoder.raw_decode(text, here)
            here = past(after)
            if key == part:
                break
            here = past(decoder.raw_decode(text, here)[1])
    return text.count("\n", 0, here) + 1


def _statistics(
    items: list[Any], above: At, label: str | None, spec: TraceSpec, place: Callable[..., str]
) -> Series:
    """The points of `get-metric-statistics`."""
    refuse_too_many(len(items), spec.file)
    for n, item in enumerate(items):
        if not isinstance(item, dict) or "Timestamp" not in item:
            raise UsageError(f"{place(*above, n)} is no point with a Timestamp. {WAY}")
    units = {item["Unit"] for item in items if isinstance(item.get("Unit"), str)}
    if len(units) > 1:
        raise UsageError(f"{spec.file}: has points of {len(units)} units. Export one (--unit).")
    unit = units.pop() if units else None
    key = _which(items, unit, spec) if items else "Sum"
    points = []
    for n, item in enumerate(items):
        if key not in item:
            raise UsageError(f"{place(*above, n)} has no {key}, as others have. Export it anew.")
        time, zone = _time(item["Timestamp"], partial(place, *above, n, "Timestamp"))
        value = number(item[key], partial(place, *above, n, key))
        points.append(Point(n, time, value, zone))
    return Series(
        points, lambda n: f"{place(*above, n)}", label, unit, STATISTICS[key], from_aws=True
    )


def _which(items: list[Any], unit: str | None, spec: TraceSpec) -> str:
    """`Sum` or `Average`: what the spec says, else the one there is, else what fits the unit."""
    there = [key for key in STATISTICS if key in items[0]]
    said = [key for key in there if STATISTICS[key] == spec.statistic]
    if spec.statistic is not None and there and not said:
        raise UsageError(
            f"{spec.file}: holds no statistic {spec.statistic}, only {there[0]}. "
            f"Leave statistic out, or export with --statistics {spec.statistic.capitalize()}."
        )
    found = said or there
    if len(found) == 2 and unit in ("Count", "Count/Second"):
        found = ["Sum" if unit == "Count" else "Average"]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{spec.file}: holds Sum and Average. Say statistic: sum or average.")
    raise UsageError(
        f"{spec.file}: has no Sum and no Average. Export with --statistics Sum for a metric that "
        "is counted (Count), or Average for one per second (Count/Second)."
    )


def _time(raw: object, place: Callable[[], str]) -> tuple[int, bool]:
    found = moment(raw)
    if found is None:
        raise UsageError(f"{place()} is a timestamp that is none. {WAY}")
    return found


def _data(tree: dict[str, Any], spec: TraceSpec, place: Callable[..., str]) -> Series:
    """The series of `get-metric-data` that is meant; its parts may stand in several results."""
    if tree.get("NextToken"):
        raise UsageError(
            f"{spec.file}: is one page of several (NextToken). Export all of it: let the CLI page."
        )
    results = tree["MetricDataResults"]
    for r, result in enumerate(results):
        lists = isinstance(result, dict) and all(
            isinstance(result.get(key), list) for key in ("Timestamps", "Values")
        )
        if not lists or len(result["Timestamps"]) != len(result["Values"]):
            raise UsageError(
                f"{place('MetricDataResults', r)} has no Timestamps and Values of the same "
                f"number. {WAY}"
            )
    chosen = _chosen(results, spec)
    places = [(r, n) for r in chosen for n in range(len(results[r]["Values"]))]
    refuse_too_many(len(places), spec.file)
    points = []
    for where, (r, n) in enumerate(places):
        at = ("MetricDataResults", r)
        raw = results[r]["Timestamps"][n]
        time, zone = _time(raw, partial(place, *at, "Timestamps", n))
        value = number(results[r]["Values"][n], partial(place, *at, "Values", n))
        points.append(Point(where, time, value, zone))

    def name(where: int) -> str:
        r, n = places[where]
        return place("MetricDataResults", r, "Timestamps", n)

    label = results[chosen[0]].get("Label") if chosen else None
    ids = tuple({str(results[r].get("Id", "")) for r in chosen})
    label = label if isinstance(label, str) else None
    return Series(points, name, label, from_aws=True, ids=ids)


def _chosen(results: list[Any], spec: TraceSpec) -> list[int]:
    """The numbers of the results that are the series: the only one, or those that `metric` names.
    """
    names = [(str(each.get("Id", "")), str(each.get("Label", ""))) for each in results]
    told = dict.fromkeys(names)
    if len(told) > 1:
        wanted = spec.metric
        told = dict.fromkeys(
            name for name in told
            if wanted in name or (wanted is not None and wanted in name[1].split())
        )  # fmt: skip
        if len(told) != 1:
            named = f" metric is '{wanted}', which names {len(told) or 'none'}." if wanted else ""
            raise UsageError(
                f"{spec.file}: has {len(set(names))} series.{named} "
                "Say with metric: the Id or the Label of the one."
            )
    chosen = [r for r, name in enumerate(names) if name in told]
    states = {str(results[r].get("StatusCode")) for r in chosen}
    if states & {"InternalError", "Forbidden"}:
        raise UsageError(f"{spec.file}: holds an error in place of the series. Export it anew.")
    return chosen
