"""Ctrl-C in two steps: the first asks the run to stop where its books are in order, the second
ends it at once.

Python raises KeyboardInterrupt between any two instructions, also in the middle of an event, where
half of it is in the state and half is not. So while a run goes on the first signal only sets a flag
that the run's loop reads between two calls of the data plane, and puts Python's own answer back for
the second. Where the program has an answer of its own to the signal, or the run is not in the main
thread (which alone may set answers), nothing is changed.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType


class Interruption:
    """Whether somebody pressed Ctrl-C since the block began."""

    def __init__(self) -> None:
        self.asked = False
        self._ours = False

    def __enter__(self) -> Interruption:
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._ask)
            self._ours = True
        return self

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        self._give_back()

    def _give_back(self) -> None:
        if self._ours:
            self._ours = False
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._give_back()
