"""What the command line is given to write to: a pipe whose reader has gone, a full disk, nothing.

Whatever stdout and stderr are, nothing computed is lost and the exit code is right. What cannot be
said on stderr is dropped. What cannot be said on stdout is an error where it is all that the
command is for (`check`, `list`, `bench`); after a run, whose folder holds everything, or where what
was to be done is done (`new`, `precompile`), it is one line.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any

from aurosim.errors import OutputError

if TYPE_CHECKING:
    from rich.console import Console

STDOUT, STDERR = 1, 2
PLAIN_WIDTH = 120
"""Columns where the output is no terminal: wide enough that no cell of a table wraps."""
GONE = (BrokenPipeError, ConnectionResetError)


class _Closed(io.RawIOBase):
    """In place of a stdout that was closed before we began: writing to it says so."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        raise OSError(errno.EBADF, "it is closed")


class _Forgiving(io.RawIOBase):
    """Stderr that drops what it cannot take."""

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        with suppress(OSError):
            return os.isatty(STDERR)
        return False

    def fileno(self) -> int:
        return STDERR

    def write(self, data: Any) -> int:
        try:
            return os.write(STDERR, data)
        except OSError:
            return len(data)


def mend() -> None:
    """Make stdout and stderr fit to be written to, whatever they are.

    The numbers of closed ones are taken first, so that no file opened later gets them.
    """
    closed = set()
    for number in (0, STDOUT, STDERR):
        try:
            os.fstat(number)
        except OSError:
            closed.add(number)
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    if STDOUT in closed:
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(_Closed()), encoding="utf-8")
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(_Forgiving(), 1), encoding=encoding, errors="backslashreplace",
        line_buffering=True, write_through=True,
    )  # fmt: skip


def console() -> Console:
    """Rich's console on stdout, whose errors are ours to answer."""
    from rich.console import Console

    class Ours(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # not rich's own exit, which would lose the command's code

    return Ours(width=None if sys.stdout.isatty() else PLAIN_WIDTH)


def silence(stream: IO[str] | None = None) -> None:
    """Nothing more goes to stdout: not even what is still in its buffer when Python ends."""
    with suppress(OSError, ValueError, AttributeError, io.UnsupportedOperation):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, (stream or sys.stdout).fileno())
        os.close(nowhere)
    if isinstance(getattr(getattr(sys.stdout, "buffer", None), "raw", None), _Closed):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


@contextmanager
def spoken() -> Iterator[None]:
    """The block writes to stdout, for which the command is there.

    A reader that has gone (`aurosim check x | head`) has all it wants. Raises OutputError where
    stdout cannot be written to.
    """
    try:
        yield
        sys.stdout.flush()
    except GONE:
        silence()
    except OSError as error:
        silence()
        raise OutputError(f"stdout cannot be written: {_reason(error)}") from error


@contextmanager
def spoken_if_possible(instead: str) -> Iterator[None]:
    """The block writes to stdout what is done or kept anyway: `instead` is said if it cannot."""
    try:
        with spoken():
            yield
    except OutputError as error:
        print(f"{error}. {instead}", file=sys.stderr)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).rstrip(".")
