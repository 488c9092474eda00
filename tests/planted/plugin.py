"""A plugin of pytest: the tests worked by hand run with faults planted, each in place of a way.

    python -m pytest -p tests.planted.plugin --planted FAULT,FAULT tests/unit/test_plane_*.py

With `--watched` each fault meets only the test that the catalogue names for it; `--caught FILE`
writes there which tests failed with which fault.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from functools import cache, partial
from pathlib import Path

import pytest

from aurosim.dataplane.contract import DataPlane
from tests.planted.faults import FAULTS, RIGHT
from tests.planted.planting import simpy_plane_with
from tests.unit import plane_stage

BY_NAME = {fault.name: fault for fault in FAULTS}


@cache
def plane_with(name: str) -> Callable[..., DataPlane]:
    """What makes a data plane with a fault of the catalogue."""
    return simpy_plane_with(() if name == RIGHT else BY_NAME[name].edits)


def pytest_addoption(parser: pytest.Parser) -> None:
    """What is asked of this plugin."""
    parser.addoption("--planted", default="", help="faults, separated by commas")
    parser.addoption("--watched", action="store_true", help="only the tests the catalogue names")
    parser.addoption("--caught", help="the file for what caught what")


def pytest_configure(config: pytest.Config) -> None:
    """The ways of running are the faults now."""
    names = config.getoption("--planted").split(",")
    plane_stage.WAYS.clear()
    plane_stage.WAYS.update({name: partial(plane_with, name) for name in names})
    config.pluginmanager.register(Caught(config), "caught")


class Caught:
    """Notes which tests catch which fault."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.tests: dict[str, list[str]] = {name: [] for name in plane_stage.WAYS}
        self.ran: dict[str, int] = dict.fromkeys(plane_stage.WAYS, 0)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Only tests that make planes; with `--watched` only the pairs of the catalogue."""
        watched = self.config.getoption("--watched")
        kept = []
        for item in items:
            name = way_of(item)
            if name and (not watched or title(item) in watchers(name)):
                kept.append(item)
        items[:] = kept

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A test that fails has caught its fault."""
        report = yield
        name = way_of(item)
        self.ran[name] += report.when == "call"
        if report.failed and title(item) not in self.tests[name]:
            self.tests[name].append(title(item))
        return report

    def pytest_sessionfinish(self) -> None:
        """Write it down."""
        if self.config.getoption("--caught"):
            found = {"caught": self.tests, "ran": self.ran}
            Path(self.config.getoption("--caught")).write_text(json.dumps(found))


def watchers(name: str) -> set[str]:
    """The tests that the catalogue names for a fault; for the right rules all of them."""
    return {fault.watched for fault in FAULTS if name in (RIGHT, fault.name)}


def way_of(item: pytest.Item) -> str:
    """The fault a test meets; nothing where it makes no plane."""
    callspec = getattr(item, "callspec", None)
    return str(callspec.params.get("way", "")) if callspec else ""


def title(item: pytest.Item) -> str:
    """A test by its file and name, as `Fault.watched` has it, without its parameters."""
    file = item.path.stem.removeprefix("test_plane_")
    return f"{file}::{getattr(item, 'originalname', item.name)}"

