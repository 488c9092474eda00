"""Progress is sparse where nobody watches, and never says more than there is."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from aurosim import api, compiled
from aurosim.report import progress

SMALL = """
name: small
run: {duration: 1 s}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}}
workload: [{name: orders, arrivals: {rate: 10/s}, transaction: [{kind: select}]}]
"""


def state(now_s: float, end_s: float = 100, statements: int = 500) -> SimpleNamespace:
    return SimpleNamespace(now_ns=int(now_s * 1e9), end_ns=int(end_s * 1e9), statements=statements)


def test_without_a_terminal_there_is_a_line_every_ten_seconds(monkeypatch, capsys) -> None:
    clock = iter([100.0, 110.0, 111.0, 125.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(progress, "warning", lambda report: report)
    with progress.shown() as report:
        for now_s in (0, 40, 41, 99):
            report(state(now_s))
    assert capsys.readouterr().err.splitlines() == [
        "40 of 100 s simulated, 40%, 50 statements/s",
        "99 of 100 s simulated, 99%, 20 statements/s",
    ]


def test_on_a_terminal_the_line_moves(monkeypatch, capsys) -> None:
    with progress.moving() as report:
        report(state(50))
    assert capsys.readouterr().out == "", "results alone go to stdout"


def test_a_share_is_at_most_one_and_an_empty_run_is_done() -> None:
    assert progress.share(state(101)) == 1.0
    assert progress.share(state(0, end_s=0)) == 1.0


def lines_of_warning(monkeypatch, looks: list[tuple[float, float]], end_s: float) -> list[str]:
    """What is said of a run; a look is at (wall seconds, simulated seconds)."""
    told: list[str] = []
    wall_s = iter([wall for wall, _ in looks])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(wall_s, 0.0))
    report = progress.warning(lambda _: None, told.append)
    for _, now_s in looks:
        report(state(now_s, end_s=end_s))
    return told


def test_a_run_of_more_than_ten_minutes_says_so_once_and_early(monkeypatch) -> None:
    looks = [(100.0, 0.0), (100.5, 0.5), (101.0, 1.0), (102.0, 2.0)]
    (line,) = lines_of_warning(monkeypatch, looks, end_s=1201)
    assert "about 20 minutes" in line


def test_a_run_of_ten_minutes_says_nothing(monkeypatch) -> None:
    looks = [(100.0, 0.0), (101.0, 1.0), (150.0, 2.0)]
    assert lines_of_warning(monkeypatch, looks, end_s=601) == []


def test_the_pace_is_not_judged_by_the_time_it_takes_to_compile(monkeypatch) -> None:
    """Compiling comes before the first look."""
    looks = [(1000.0, 0.0), (1001.0, 100.0)]
    assert lines_of_warning(monkeypatch, looks, end_s=600) == []


def test_compiling_is_said_where_nothing_is_kept(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.setattr(compiled, "CACHE", tmp_path)
    monkeypatch.setattr(compiled._config, "DISABLE_JIT", 0)
    progress.announce("kernel")
    assert capsys.readouterr().err.startswith("compiling, once after installing")
    (tmp_path / "metrics_1").mkdir()
    (tmp_path / "metrics_1" / "digest.scan-20.py311.nbi").write_bytes(b"whole.")
    progress.announce("reference")
    assert capsys.readouterr().err == ""
    progress.announce("kernel")
    assert capsys.readouterr().err != "", "the kernel is not there yet"
    (tmp_path / "kernel_1").mkdir()
    (tmp_path / "kernel_1" / "loop.run-20.py311.nbi").write_bytes(b"whole.")
    progress.announce("kernel")
    assert capsys.readouterr().err == ""


def test_where_nothing_is_compiled_nothing_is_said(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.setattr(compiled, "CACHE", tmp_path)
    monkeypatch.setattr(compiled._config, "DISABLE_JIT", 1)
    progress.announce("kernel")
    assert capsys.readouterr().err == ""


class Jupyter(ModuleType):
    """Stands in for IPython with a kernel: keeps what is displayed."""

    def __init__(self) -> None:
        super().__init__("IPython")
        self.texts: list[str] = []
        self.display = self

    def get_ipython(self) -> object:
        return SimpleNamespace(kernel=object())

    def __call__(self, bundle, raw, display_id) -> Jupyter:
        assert raw and display_id
        self.update(bundle, raw)
        return self

    def update(self, bundle, raw) -> None:
        self.texts.append(bundle["text/plain"])


@pytest.fixture
def jupyter(monkeypatch) -> Jupyter:
    found = Jupyter()
    page = ModuleType("IPython.display")
    page.display = found
    monkeypatch.setitem(sys.modules, "IPython", found)
    monkeypatch.setitem(sys.modules, "IPython.display", page)
    return found


def test_in_a_notebook_the_line_changes_and_goes(monkeypatch, jupyter) -> None:
    wall_s = iter(range(100))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(wall_s)))
    with progress.notebook() as report:
        report(state(0))
        report(state(50))
    assert jupyter.texts[0] == "starting"
    assert jupyter.texts[-2].startswith("50 of 100 s simulated, 50%, ")
    assert "statements/s, ETA " in jupyter.texts[-2]
    assert jupyter.texts[-1] == ""


def test_a_notebook_shows_it_unasked(monkeypatch, jupyter) -> None:
    monkeypatch.setattr(progress, "REDRAW_S", 0.0)
    api.run(SMALL, plane="reference")
    assert any("of 1 s simulated" in text for text in jupyter.texts)


def test_elsewhere_a_run_from_python_is_silent(capsys) -> None:
    assert not progress.in_notebook()
    api.run(SMALL, plane="reference")
    assert capsys.readouterr() == ("", "")
