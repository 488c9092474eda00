"""What a planted fault is: one wrong rule, some text of its source with other text in its place."""

from __future__ import annotations

from dataclasses import dataclass

Edit = tuple[str, str, str]
"""A file of the data plane, a text that is there once, and what stands there instead."""


@dataclass(frozen=True)
class Fault:
    """A wrong rule; ``watched`` is a test that catches it, asked in each `make test`: its file,
    without `test_plane_`, and its name."""

    name: str
    broken: str
    watched: str
    edits: tuple[Edit, ...]
