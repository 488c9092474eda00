"""The rules bound to arrays and compiled: the functions of `mechanics`, each once more.

The source of a rule is not changed. Its function is made anew over a copy of its module's names, in
which the words are those of `compiled.words`, the rules are compiled ones, and a whole number is
numpy's (a Python integer would make numba compile a callee once more for each value).
"""

from __future__ import annotations

from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from aurosim.compiled import kernel_inner
from aurosim.dataplane.compiled import words as of_arrays
from aurosim.dataplane.mechanics import (
    commands,
    drivers,
    instances,
    links,
    looking,
    loop,
    losses,
    process_stop,
    quorum,
    records,
    regions,
    replication,
    run_queue,
    scaling,
    segments,
    space,
    storage,
    words,
)
from aurosim.dataplane.mechanics.clients import (
    arrivals,
    attempt,
    connection,
    names,
    pool,
    requests,
    silence,
    slots,
)

RULES = (
    arrivals, attempt, commands, connection, drivers, *drivers.MODULES, instances, links, looking,
    loop, losses, names, pool, process_stop, quorum, records, regions, replication, requests,
    run_queue, scaling, segments, silence, slots, space, storage,
)  # fmt: skip
"""The modules whose functions are rules."""


def bound(modules: tuple[ModuleType, ...]) -> dict[ModuleType, ModuleType]:
    """For each module its twin, whose functions are compiled."""
    twins = {module: ModuleType(module.__name__, module.__doc__) for module in modules}
    made: dict[Any, Any] = {
        word: getattr(of_arrays, name)
        for name, word in vars(words).items()
        if isinstance(word, FunctionType) and hasattr(of_arrays, name)
    }
    for module, twin in twins.items():
        for rule in vars(module).values():
            if isinstance(rule, FunctionType) and rule.__module__ == module.__name__:
                anew = FunctionType(rule.__code__, vars(twin), rule.__name__)
                anew.__qualname__, anew.__doc__ = rule.__qualname__, rule.__doc__
                made[rule] = kernel_inner(anew)
    for module, twin in twins.items():
        for name, value in vars(module).items():
            if not name.startswith("__"):
                setattr(twin, name, _in_arrays(value, made, twins))
    return twins


def _in_arrays(value: Any, made: dict[Any, Any], twins: dict[ModuleType, ModuleType]) -> Any:
    """What a name of a rule's module means in its twin."""
    if isinstance(value, FunctionType):
        return made.get(value, value)
    if isinstance(value, ModuleType):
        return twins.get(value, value)
    if isinstance(value, int) and not isinstance(value, bool):
        return np.int64(value)
    return value


TWINS = bound(RULES)
answer = TWINS[loop].answer
command = TWINS[commands].command
dispatch = TWINS[instances].dispatch
look, take, full = TWINS[looking].look, TWINS[looking].take, TWINS[looking].full
