"""What one statement of each kind costs unless the scenario says otherwise.

A statement costs its own CPU (`read_cpu` for a point read and for finding what to write) and on top
of it `page_write_cpu` for each page it modifies, `miss_cpu` for each it does not find; each page
modified is one redo record. COMMIT costs `commit_cpu` in all. Fitted on SysBench (S17), see the
entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aurosim.catalog.entry import AS_PUBLISHED, Quantity, duration_ns, whole

WRITES = ("insert", "update_index", "update_non_index", "delete")
KINDS = ("begin", "select", "range", *WRITES, "commit")


@dataclass(frozen=True, slots=True)
class StatementCost:
    """Mean of the statement's own CPU on one vCPU of speed 1, random leaf pages touched, pages
    modified (their CPU comes on top), bytes of redo."""

    cpu_ns: int
    pages: int
    modifies: int
    redo_bytes: int


def statement_cost(kind: str, model: Mapping[str, Quantity] = AS_PUBLISHED) -> StatementCost:
    """The default cost of a statement of one of `KINDS`; `model` overrides entries by name."""
    assert kind in KINDS, f"unknown kind of statement {kind!r}"
    if kind in ("begin", "commit"):
        cpu_ns = duration_ns(f"{kind}_cpu", model)
        return StatementCost(cpu_ns, pages=0, modifies=0, redo_bytes=0)
    pages = whole(f"pages_{kind}", model)
    if kind in ("select", "range"):
        cpu_ns = duration_ns("read_cpu" if kind == "select" else "range_cpu", model)
        return StatementCost(cpu_ns, pages, modifies=0, redo_bytes=0)
    modifies = whole(f"modifies_{kind}", model)
    redo_bytes = modifies * whole("redo_record_bytes", model)
    return StatementCost(duration_ns("read_cpu", model), pages, modifies, redo_bytes)
