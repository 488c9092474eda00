"""Every error aurosim raises on purpose, as one tree.

A mistake of the user's is a `raise` of one of these and leaves with exit code 2; a mistake of ours
is an `assert`, or any
other exception, and leaves with exit code 1. A scenario file reports all its faults at once:
`ScenarioError` carries a
list of complaints, each with its place, so that one reading mends the whole file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

EXIT_OK = 0
EXIT_FAULT_OF_OURS = 1
EXIT_WRONG_CALL = 2
EXIT_EXPECTATION_FAILED = 99
EXIT_INTERRUPTED = 130


class AurosimError(Exception):
    """The root of the tree: something the user can mend. `exit_code` is what the command line
    leaves with.
    """

    exit_code = EXIT_WRONG_CALL

    def _render_traceback_(self) -> list[str]:
        """What IPython shows under a cell: what is wrong and how to mend it, not where it was
        raised in here.
        """
        return [f"{type(self).__name__}: {self}"]


class UsageError(AurosimError):
    """A call of aurosim, from the command line or from Python, asks for something that cannot be
    done.
    """


class UnitError(UsageError, ValueError):
    """A duration, size, rate or share is not written as one. A ValueError too, as pydantic wants it
    of validators.
    """


class OutputError(AurosimError):
    """The output folder cannot be used: not writable, or with files that are not aurosim's."""


@dataclass(frozen=True)
class Complaint:
    """One fault of a scenario: the file and line it is at, the field (empty: the file as a whole),
    and what is wrong.

    `line` counts from 1; None where the value came from the command line, of which `file` then
    tells.
    """

    file: str
    line: int | None
    field: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        said = f"{self.field} {self.message}" if self.field else self.message
        return _printable(f"{place}: {said}")


def _printable(text: str) -> str:
    """The text with escapes for what a terminal obeys or hides: keys of a file may be anything."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


class ScenarioError(AurosimError):
    """A scenario cannot be run as written. `complaints` holds every fault found, in the order of
    the file's lines.
    """

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints: list[Complaint] = list(complaints)
        assert self.complaints, "a ScenarioError without a complaint explains nothing"
        super().__init__("\n".join(str(complaint) for complaint in self.complaints))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[list[Complaint]]]:
        # An exception pickles by its args, which here are the text; runs in other processes need
        # the list.
        return (ScenarioError, (self.complaints,))
