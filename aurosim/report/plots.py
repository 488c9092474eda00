"""What a notebook draws: `r.plot.latency()`, each figure of the report with its run given to it."""

from __future__ import annotations

import difflib
from typing import Any

from aurosim.report import figures
from aurosim.report.style import Chart
from aurosim.report.subject import Subject


class Plots:
    """The figures of the report, each with this run already given to it: `r.plot.latency()`.

    A figure is a matplotlib `Figure`: a notebook shows it, `.axes` are its axes, and
    `.savefig("latency.png")` keeps it. Where there is nothing to draw (the failover of a run
    without one) it is a `NoFigure`, which says so and is false.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def __getattr__(self, name: str) -> Drawn:
        if name not in figures.DRAWINGS:
            known = ", ".join(figures.DRAWINGS)
            near = difflib.get_close_matches(name, figures.DRAWINGS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise AttributeError(f"there is no figure '{name}'.{hint} Figures: {known}")
        return Drawn(self._subject, name)

    def __repr__(self) -> str:
        return f"<figures: {', '.join(dir(self))}; each is a function>"

    def __dir__(self) -> list[str]:
        return list(figures.DRAWINGS)


class Drawn:
    """One figure of a run, drawn when it is called; its help says how to read it."""

    def __init__(self, subject: Subject, name: str) -> None:
        drawing = figures.DRAWINGS[name]
        self._subject = subject
        self.__name__ = name
        self.__doc__ = f"{drawing.heading}. {drawing.reading}"

    def __call__(self) -> Chart | NoFigure:
        chart = figures.draw(self._subject, self.__name__, signed=True)
        return NoFigure(self._subject, self.__name__) if chart is None else chart

    def __repr__(self) -> str:
        return f"<figure '{self.__name__}': call it, as in r.plot.{self.__name__}()>"


class NoFigure:
    """What there is instead of a figure of what did not happen: false, and says so.

    Saved, it is a picture that says so, too: a script that keeps figures goes on.
    """

    def __init__(self, subject: Subject, name: str) -> None:
        self._subject = subject
        self._name = name
        self.why = figures.DRAWINGS[name].absent

    def savefig(self, fname: Any, **given: Any) -> None:
        """Write a picture with the heading of the figure and why there is none."""
        figures.draw_absent(self._subject, self._name).savefig(fname, **given)

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"no figure: {self.why}"
