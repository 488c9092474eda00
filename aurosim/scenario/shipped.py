"""The scenarios that come with aurosim: where they are and how a name finds its file.

They stand in `scenarios/<kind>/<name>.yaml` at the top of the repository and travel in the wheel as
`aurosim/_scenarios`. Nothing is read here but names of files.
"""

from __future__ import annotations

import difflib
from pathlib import Path

from aurosim.errors import UsageError

_PACKAGE = Path(__file__).resolve().parent.parent


def folder() -> Path:
    """Where the shipped scenarios are: inside an installed package, else beside it."""
    installed = _PACKAGE / "_scenarios"
    return installed if installed.is_dir() else _PACKAGE.parent / "scenarios"


def shipped() -> dict[str, Path]:
    """Every shipped scenario by its name, sorted by kind (its folder) and then by name."""
    return {path.stem: path for path in sorted(folder().glob("*/*.yaml"))}


def studies_folder() -> Path:
    """Where the shipped studies are, which stand beside the scenarios."""
    return folder().with_name(folder().name.replace("scenarios", "studies"))


def find(source: str) -> Path:
    """The file that `source` means: a path, or the name of a shipped scenario.

    `writer-host-failure`, `chaos/writer-host-failure`, `scenarios/chaos/writer-host-failure.yaml`:
    all find the shipped one, the last also where there is no repository. A file of that path wins.
    Raises UsageError with the nearest names.
    """
    path = Path(source)
    if path.is_file():
        return path
    known = shipped()
    by_place = {place.relative_to(folder()).as_posix(): place for place in known.values()}
    place = path.as_posix().removeprefix("scenarios/").removesuffix(".yaml")
    found = known.get(place) or by_place.get(f"{place}.yaml")
    if found is not None:
        return found
    if (studies_folder() / f"{place.removeprefix('studies/')}.yaml").is_file():
        name = place.removeprefix("studies/")
        raise UsageError(
            f"'{source}' is a shipped study, not a scenario. `aurosim sweep {name}` runs it."
        )
    if path.is_dir():
        raise UsageError(f"'{source}' is a folder; a scenario is a file. Name a file in it.")
    near = difflib.get_close_matches(path.stem, known, n=1)
    beside = path.with_name(f"{path.name}.yaml")
    if beside.is_file():
        raise UsageError(f"'{source}' is no shipped scenario; for the file here say '{beside}'.")
    hint = f"Did you mean '{near[0]}'?" if near else "`aurosim list` shows the shipped ones."
    raise UsageError(f"'{source}' is neither a file nor a shipped scenario. {hint}")
