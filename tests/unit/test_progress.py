"""Progress is sparse where nobody watches, and never says more than there is."""

from __future__ import annotations

from types import SimpleNamespace

from aurosim.cli import progress


def state(now_s: float, end_s: float = 100, statements: int = 500) -> SimpleNamespace:
    return SimpleNamespace(now_ns=int(now_s * 1e9), end_ns=int(end_s * 1e9), statements=statements)


def test_without_a_terminal_there_is_a_line_every_ten_seconds(monkeypatch, capsys) -> None:
    clock = iter([0.0, 1.0, 10.0, 11.0, 25.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.shown() as report:
        for now_s in (1, 40, 41, 99):
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
