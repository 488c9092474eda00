"""The picture of the rooms is the contract's, and every name on the way of a statement exists."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r"`((?:\w+\.)+\w+)`", PAGE)) - {"pyproject.toml"})


def there(room: str) -> bool:
    return (ROOT / "aurosim" / room).is_dir() or (ROOT / "aurosim" / f"{room}.py").is_file()


def rooms(line: str) -> list[str]:
    """The rooms of a line of the contract that are there."""
    return [room for room in re.findall(r"\((\w+)\)", line) if there(room)]


def contract() -> list[list[str]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (
        each["layers"] for each in settings["tool"]["importlinter"]["contracts"]
        if each["id"] == "rooms"
    )  # fmt: skip
    return [rooms(line) for line in layers]


def picture(page: str) -> list[list[str]]:
    (drawn,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    return [re.split(r"\s{2,}", line)[0].split(" | ") for line in drawn.splitlines()]


def test_the_picture_has_the_rooms_of_the_contract_in_their_order() -> None:
    assert picture(PAGE) == contract()


def test_a_room_in_another_place_is_seen() -> None:
    assert picture(PAGE.replace("control | metrics", "metrics | control")) != contract()


def test_the_way_leads_through_many_places() -> None:
    assert len(NAMES) > 20


@pytest.mark.parametrize("name", NAMES)
def test_each_name_on_the_page_exists(name: str) -> None:
    parts = f"aurosim.{name}".split(".")
    try:
        import_module(".".join(parts))
    except ModuleNotFoundError:
        assert hasattr(import_module(".".join(parts[:-1])), parts[-1])
