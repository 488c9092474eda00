"""Ctrl-C and SIGTERM by a flag: what is under way stops where its books are in order.

Python answers Ctrl-C with an exception between any two instructions: in the middle of an event, of
a compiler, of a library's finaliser, which swallow it or break. So while something is at work here
a signal only sets a flag, which loops read where they can stop, and nothing is ever raised in
somebody else's code.

The command line listens for all of its life (`listening`). The first signal asks: a run stops and
keeps what there is. Where nothing is there to keep yet, or at the second signal, the process ends
at once, by a thread that hears of signals through a pipe, so that not even a long call of the
compiler holds it up; files half written go with it.

In a notebook or a program of the user's (`asked_by_keyboard`) Ctrl-C alone is heard, only while a
run or a study goes on, and only where the program has no answer of its own; the second one raises
KeyboardInterrupt as soon as the run's loop looks.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

HEARD = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""What asks a command to stop: Ctrl-C, whoever stops services, a terminal that was closed."""
NOTHING_WRITTEN = "interrupted: nothing was written"
SHOW_CURSOR = b"\x1b[?25h"
_DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)


class Asked:
    """How often it was asked to stop, and by which signal first."""

    def __init__(self) -> None:
        self.times = 0
        self.signal = 0

    def __bool__(self) -> bool:
        return self.times > 0

    def hear(self, number: int, frame: FrameType | None = None) -> None:
        """The answer to a signal: remember it."""
        self.signal = self.signal or number
        self.times += 1


class Listener(Asked):
    """A command's ear: see the module. `end` is how it ends at once; tests put another there."""

    def __init__(self) -> None:
        super().__init__()
        self.keeping = False  # there is something to keep: the first signal only asks
        self.last_words = NOTHING_WRITTEN
        self.unfinished: set[Path] = set()
        self.whole = threading.Lock()  # held while folders change places
        self.end: Callable[[int], object] = os._exit
        self._before: dict[int, Any] = {}
        self._ears, self._mouth = socket.socketpair()
        self._mouth.setblocking(False)

    def start(self) -> None:
        """Take over the signals that nobody else answers or ignores."""
        for number in HEARD:
            if signal.getsignal(number) in _DEFAULTS:
                self._before[number] = signal.signal(number, self.hear)
        self._wakeup = signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._listen, name="aurosim-signals", daemon=True).start()

    def stop(self) -> None:
        """Give the signals back."""
        signal.set_wakeup_fd(self._wakeup)
        for number, before in self._before.items():
            signal.signal(number, before)
        self._mouth.close()  # which ends the thread

    def _listen(self) -> None:
        heard = 0
        while told := self._ears.recv(64):
            for number in told:
                if number not in self._before:
                    continue
                heard += 1
                if heard > 1 or not self.keeping:
                    self._end(number)
        self._ears.close()

    def _end(self, number: int) -> None:
        with self.whole:
            for folder in list(self.unfinished):
                shutil.rmtree(folder, ignore_errors=True)
            try:
                cursor = SHOW_CURSOR if os.isatty(2) else b""
                os.write(2, cursor + f"{self.last_words}\n".encode())
            except OSError:
                pass  # nobody reads it
            self.end(128 + number)


_listener: Listener | None = None


@contextmanager
def listening() -> Iterator[Listener]:
    """While the block runs this process is a command's, which answers signals as above."""
    global _listener
    listener = Listener()
    if threading.current_thread() is not threading.main_thread() or _listener is not None:
        yield listener  # signals are the main thread's, and an outer command's
        return
    listener.start()
    _listener = listener
    try:
        yield listener
    finally:
        _listener = None
        listener.stop()


@contextmanager
def asked_by_keyboard() -> Iterator[Asked]:
    """Whether somebody asked to stop since the block began; what it has done is worth keeping."""
    if _listener is not None:
        _listener.keeping = True
        yield _listener
        return
    asked = Asked()
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield asked
        return
    signal.signal(signal.SIGINT, asked.hear)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def half_written(folder: Path) -> Iterator[None]:
    """While the block runs `folder` is worth nothing: it goes if the command is ended at once."""
    if _listener is None:
        yield
        return
    _listener.keeping = True
    _listener.unfinished.add(folder)
    try:
        yield
    finally:
        _listener.unfinished.discard(folder)


@contextmanager
def in_one_step() -> Iterator[None]:
    """The block is done whole or not at all, even if the command is ended at once."""
    if _listener is None:
        yield
        return
    with _listener.whole:
        yield


def kept(last_words: str) -> None:
    """Something is on disk: what a command says if it is ended at once from now on."""
    if _listener is not None:
        _listener.last_words = last_words


def exit_code(number: int) -> int:
    """What a command leaves with that a signal stopped: 130 for Ctrl-C, 143 for SIGTERM."""
    return 128 + number


def stop_if_asked_twice(asked: Asked) -> None:
    """Raise KeyboardInterrupt at the second Ctrl-C of a program's own: here nothing is half done.

    A command has ended by then.
    """
    if asked.times > 1:
        raise KeyboardInterrupt


