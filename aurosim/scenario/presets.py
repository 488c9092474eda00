"""Transactions by the names people know.

SysBench's OLTP scripts, statement by statement: `oltp_read_write` is 10 point selects, 4 ranges, an
index update, a non-index
update, a delete and an insert between BEGIN and COMMIT; the write-only and read-only scripts are
its halves. AWS runs
read-only without ranges (`-points`). The update scripts are one statement that commits by itself.
Source: SysBench 1.0, src/lua/oltp_*.lua.
"""

from __future__ import annotations

from typing import Any

_POINTS: list[dict[str, Any]] = [{"kind": "select", "repeat": 10}]
_RANGES: list[dict[str, Any]] = [{"kind": "range", "repeat": 4}]
_WRITES: list[dict[str, Any]] = [
    {"kind": "update_index"},
    {"kind": "update_non_index"},
    {"kind": "delete"},
    {"kind": "insert"},
]


def _bracketed(*statements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"kind": "begin"}, *statements, {"kind": "commit"}]


PRESETS: dict[str, list[dict[str, Any]]] = {
    "sysbench-oltp-read-write": _bracketed(*_POINTS, *_RANGES, *_WRITES),
    "sysbench-oltp-write-only": _bracketed(*_WRITES),
    "sysbench-oltp-read-only": _bracketed(*_POINTS, *_RANGES),
    "sysbench-oltp-read-only-points": _bracketed(*_POINTS),
    "sysbench-point-select": [{"kind": "select"}],
    "sysbench-update-index": [{"kind": "update_index"}],
    "sysbench-update-non-index": [{"kind": "update_non_index"}],
}
