"""The folder of a run: the page to read, the numbers behind it, and all it takes to run it again.

A folder appears whole or not at all: it is written beside its place and then renamed. It replaces
an older run in the same place only if aurosim wrote everything in it; its mark is in
`provenance.json`, the one file that differs between two runs of the same scenario and seed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aurosim import interruption, scenario
from aurosim.errors import OutputError
from aurosim.report import naming

if TYPE_CHECKING:
    from aurosim.simulation import Result

MARK = "written_by"
TRACES = "traces"
"""In `provenance.json`: the copies of measured traces that stand beside the scenario."""

FILES = (
    "events.csv",
    "provenance.json",
    "report.html",
    "scenario.resolved.yaml",
    "summary.json",
    "timeseries.csv",
)


def default_folder(run_of: scenario.Scenario) -> Path:
    """`reports/<name>-seed<N>` under the folder one stands in, and behind it what was set and which
    cures are in place: a run with them stands beside the one without.
    """
    name = f"{run_of.name}-seed{run_of.run.seed}"
    return Path("reports") / (naming.with_values(name, run_of.origin.overrides) + _cures(run_of))


def _cures(run_of: scenario.Scenario) -> str:
    asked = run_of.origin.cures
    if not asked:
        return ""
    one_of_several = len(asked) < len(run_of.cure)
    return "-cure" + "-".join(map(str, asked)) if one_of_several else "-cured"


def save(result: Result, folder: str | Path | None = None) -> Path:
    """Write the run into `folder` (default: `default_folder`) and return the folder.

    Raises OutputError where that cannot be, or would lose a file that aurosim did not write.
    """
    run_of = result.scenario
    target = Path(folder) if folder is not None else default_folder(run_of)
    refuse_if_not_ours(target)
    place = target.resolve()
    fresh = place.with_name(f".{place.name}.{os.getpid()}.new")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with interruption.half_written(fresh):
            fresh.mkdir()
            try:
                write_files(result, fresh)
                with interruption.in_one_step():
                    put_in_place(fresh, place)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        interruption.kept(f"interrupted: what there is is in {target}")
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def refuse_if_not_ours(target: Path) -> None:
    """Raise OutputError if `target` holds anything that aurosim did not write."""
    if not target.exists():
        return
    way_out = "Say another folder (--out), or move it away."
    if not target.is_dir():
        raise OutputError(f"{target} is a file, not a folder. {way_out}")
    there = {path.name for path in target.iterdir()}
    if not there:
        return
    if not has_mark(target):
        raise OutputError(f"{target} was not written by aurosim and is left as it is. {way_out}")
    foreign = sorted(there - written_by_us(target))
    if foreign:
        raise OutputError(
            f"{target} holds '{foreign[0]}', which aurosim did not write: nothing is overwritten. "
            f"{way_out}"
        )


def has_mark(folder: Path) -> bool:
    try:
        found = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get(MARK) == "aurosim"


def written_by_us(folder: Path) -> set[str]:
    """The names of the files that aurosim wrote into a folder with its mark."""
    found = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    traces = found.get(TRACES)
    named = traces if isinstance(traces, list) else []
    return {*FILES, *(name for name in named if isinstance(name, str))}


def write_files(result: Result, folder: Path) -> None:
    from aurosim import report
    from aurosim.metrics.columns import csv_text

    report.write(result, folder)
    write_text(folder / "summary.json", json_text(result.summary))
    write_text(folder / "timeseries.csv", csv_text(result.tables.timeseries))
    write_text(folder / "events.csv", csv_text(result.tables.events))
    pack = scenario.pack(result.scenario)
    write_text(folder / "scenario.resolved.yaml", pack.text)
    for name, content in pack.traces.items():
        (folder / name).write_bytes(content)
    marks = {MARK: "aurosim", TRACES: sorted(pack.traces)}
    write_text(folder / "provenance.json", json_text({**result.provenance, **marks}))


def put_in_place(fresh: Path, place: Path) -> None:
    """Rename the new folder to its place; the old one goes only when the new one is whole."""
    if not place.exists():
        fresh.rename(place)
        return
    old = fresh.with_suffix(".old")
    place.rename(old)
    try:
        fresh.rename(place)
    except OSError:
        old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def json_text(value: Mapping[str, Any]) -> str:
    """The same bytes for the same numbers: sorted keys, shortest floats, never a NaN."""
    return json.dumps(value, sort_keys=True, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def write_text(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))
