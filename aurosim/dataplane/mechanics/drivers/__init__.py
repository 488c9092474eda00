"""Drivers: what the library between an application and its connections decides; a file each.

The catalog's table has their words; here is a rule that asks the driver of a slot's workload, for
each of the three that a driver has:

- ``where(S, x, now)``: the instance to which slot x opens a connection now;
- ``failed(S, x, code, now)``: what becomes of the connection after an attempt that failed so;
- ``wait_ns(S, x)``: how long the slot waits after a failed attempt before it goes on.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from aurosim.catalog.drivers import DRIVERS

FILES = tuple(word.replace("-", "_") for word in DRIVERS)
MODULES = tuple(import_module(f"{__name__}.{file}") for file in FILES)
RULES = {"where": "S, x, now", "failed": "S, x, code, now", "wait_ns": "S, x"}


def asking(rule: str, asked: str) -> str:
    """The source of a rule that asks the driver by its number; who is alone is asked at once."""
    lines = [f"def {rule}({asked}):"]
    for number, file in list(enumerate(FILES))[:0:-1]:
        lines += [f"    if S.workload[S.slot[x].workload].driver == {number}:"]
        lines += [f"        return {file}.{rule}({asked})"]
    return "\n".join([*lines, f"    return {FILES[0]}.{rule}({asked})"])


if TYPE_CHECKING:
    from aurosim.dataplane.mechanics.drivers.plain import failed, wait_ns, where

    __all__ = ["failed", "wait_ns", "where"]
else:
    for _rule, _asked in RULES.items():
        exec(asking(_rule, _asked))
