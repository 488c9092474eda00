"""What one statement of each kind costs unless the scenario says otherwise.

A read costs `read_cpu`; a write costs that and `page_write_cpu` for each page it modifies, and
makes one redo record per page; COMMIT costs `commit_cpu` in all. Fitted on SysBench (S17), see the
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
    """Mean CPU on one vCPU of speed 1, random leaf pages touched, pages modified, redo bytes."""

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
    cpu_ns = duration_ns("read_cpu", model) + modifies * duration_ns("page_write_cpu", model)
    return StatementCost(cpu_ns, pages, modifies, modifies * whole("redo_record_bytes", model))
