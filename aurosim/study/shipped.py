"""The studies that come with aurosim, as `aurosim.scenario.shipped` finds its scenarios.

They stand in `studies/<name>.yaml` at the top of the repository and travel in the wheel as
`aurosim/_studies`.
"""

from __future__ import annotations

from pathlib import Path

from aurosim.errors import UsageError
from aurosim.scenario.nearest import did_you_mean, listed
from aurosim.scenario.shipped import shipped as scenarios

_PACKAGE = Path(__file__).resolve().parent.parent


def folder() -> Path:
    """Where the shipped studies are: inside an installed package, else beside it."""
    installed = _PACKAGE / "_studies"
    return installed if installed.is_dir() else _PACKAGE.parent / "studies"


def shipped() -> dict[str, Path]:
    """Every shipped study by its name."""
    return {path.stem: path for path in sorted(folder().glob("*.yaml"))}


def find(source: str) -> Path:
    """The file that `source` means: a path, or the name of a shipped study. Raises UsageError."""
    path = Path(source)
    if path.is_file():
        return path
    known = shipped()
    found = known.get(path.as_posix().removeprefix("studies/").removesuffix(".yaml"))
    if found is not None:
        return found
    if path.stem in scenarios():
        raise UsageError(
            f"'{source}' is a shipped scenario, not a study. `aurosim run {path.stem}` runs it, "
            f"`aurosim replicate {path.stem}` with many seeds; a study is a file of its own that "
            "names a scenario and what varies in it (docs/studies.md)."
        )
    hint = did_you_mean(path.stem, known) or f" Shipped: {listed(known)}."
    raise UsageError(f"'{source}' is neither a file nor a shipped study.{hint}")
