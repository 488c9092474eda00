"""The ways of running the data plane, for the tests that ask for one."""

from __future__ import annotations

import pytest

from tests.unit import plane_stage


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a way runs once in each."""
    if "way" in metafunc.fixturenames:
        metafunc.parametrize("way", list(plane_stage.WAYS), indirect=True)


@pytest.fixture
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One way of running; `plane_stage.make_plane` makes planes of it meanwhile."""
    monkeypatch.setattr(plane_stage, "the_way", plane_stage.WAYS[request.param]())
    return str(request.param)
