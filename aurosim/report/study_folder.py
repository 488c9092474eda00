"""The folder of a study: its page, its tables, and the replicates that it can go on from.

Each file is written whole or not at all and then renamed, since a study may be stopped at any time
and another command may be at work on the same folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aurosim.errors import OutputError
from aurosim.metrics.columns import csv_text
from aurosim.report import naming, study_page
from aurosim.report.folder import json_text
from aurosim.study import plan as plans
from aurosim.study import running, store

if TYPE_CHECKING:
    from aurosim.study import Plan, Ran, Tables

_POINT = re.compile(r"[0-9]{3,4}")


def default_folder(plan: Plan) -> Path:
    """`reports/<name>-<kind>` under the folder one stands in, and behind it what was set.

    Of a comparison whose B is A with other values, six letters tell these values from others: two
    comparisons of one scenario do not replace each other.
    """
    name = f"{plan.name}-{plan.kind}"
    if plan.kind == plans.COMPARE:
        second = plan.points[1]
        if second.about != second.scenario.name:
            name += "-" + hashlib.sha256(second.about.encode()).hexdigest()[:6]
    if plan.kind != plans.SWEEP:  # what a study file sets is a part of the file
        name = naming.with_values(name, plan.points[0].scenario.origin.overrides)
    return Path("reports") / name


def save(
    ran: Ran, tables: Tables, provenance: Mapping[str, Any], folder: str | Path | None = None
) -> Path:
    """Write the study into `folder` (default: where it ran, else `default_folder`); return it.

    Raises OutputError where that cannot be, or `folder` holds what no study wrote.
    """
    target = Path(folder) if folder is not None else ran.store.folder or default_folder(ran.plan)
    try:
        if ran.store.folder is None or target.resolve() != ran.store.folder.resolve():
            ran.store.into(target)
            running.write_points(ran.plan, target)
        for name, frame in tables_of(tables).items():
            store.write(target / name, csv_text(frame))
        store.write(target / "study.html", study_page.render(ran, tables, provenance))
        store.write(target / store.PROVENANCE, json_text(provenance))
        clear(target, tables, len(ran.plan.points))
        store.tidy(target)
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def clear(folder: Path, tables: Tables, points: int) -> None:
    """Remove what an earlier study left here and this one does not have: its differences, and the
    points beyond ours, as far as aurosim wrote them. Finished replicates stay: they are taken again
    by their keys.
    """
    if tables.differences is None:
        (folder / "differences.csv").unlink(missing_ok=True)
    held = folder / store.POINTS
    if held.is_symlink() or not held.is_dir():
        return
    for place in sorted(held.iterdir()):
        ours = _POINT.fullmatch(place.name) and place.is_dir() and not place.is_symlink()
        if not ours or int(place.name) < points:
            continue
        for file in sorted(place.iterdir()):
            if running.is_of_a_point(file.name):
                file.unlink()
        with contextlib.suppress(OSError):  # something else is in it: not ours to remove
            place.rmdir()


def tables_of(tables: Tables) -> dict[str, Any]:
    """Each table by the name of its file."""
    found = {"replicates.csv": tables.replicates, "estimates.csv": tables.estimates}
    if tables.differences is not None:
        found["differences.csv"] = tables.differences
    return found
