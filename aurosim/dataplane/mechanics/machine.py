"""What runs the rules: a state, a loop over an event queue, and plain looks at the state."""

from __future__ import annotations

from typing import Any, Protocol

from aurosim.dataplane.contract import Pictures


class Machine(Protocol):
    """One of the two ways of running: compiled, or on SimPy."""

    @property
    def state(self) -> Any:
        """The state the rules run over; fields may be read and set by name."""

    def advance(self, until_ns: int, most: int) -> bool:
        """Answer every event strictly before ``until_ns``; False when ``most`` came first, or no
        place was left for a picture."""

    def do(
        self, what: int, a: int, now: int, *, b: int = 0, c: int = 0, amount: float = 0.0
    ) -> int:
        """Do a command (`commands`) and return its answer."""

    def table(self, name: str) -> list[Any]:
        """The records of a table as plain objects, to be read only."""

    def open_slots(self, first: int, end: int) -> list[tuple[int, int]]:
        """The requests that these slots have, and when they are due."""

    def watch(self, tables: dict[str, Any]) -> None:
        """Moments at which pictures are wanted, and places for them (`initial_state.watching`)."""

    def look(self, place: int, now: int) -> None:
        """A picture in a place."""

    def seen(self) -> Pictures:
        """The pictures in all places."""

    def events_done(self) -> int:
        """Events answered since the start."""

    def rows_done(self) -> int:
        """Statements finished since the start, handed out or not."""

    def flush(self) -> None:
        """Hand the rows and lag samples collected so far to their sinks."""

    def close(self) -> None:
        """Let go of the state and the sinks."""
