"""An instance's run queue: first come, first served. A task is a statement, a group's sender or a
chunk of redo: its index, with its kind in the lowest two bits."""

from __future__ import annotations

from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE

JOB_TASK, GROUP_TASK, CHUNK_TASK = 0, 1, 2


def set_next(S: State, task: int, after: int) -> None:
    """Link a task to the one after it."""
    kind = task & 3
    if kind == JOB_TASK:
        S.job[task >> 2].next = after
    elif kind == GROUP_TASK:
        S.group[task >> 2].next = after
    else:
        S.chunk[task >> 2].next_task = after


def next_task(S: State, task: int) -> int:
    """The task after this one."""
    kind = task & 3
    if kind == JOB_TASK:
        after = S.job[task >> 2].next
    elif kind == GROUP_TASK:
        after = S.group[task >> 2].next
    else:
        after = S.chunk[task >> 2].next_task
    return after


def enqueue(S: State, i: int, task: int) -> None:
    """To the end of the instance's run queue."""
    instance = S.instance[i]
    set_next(S, task, NONE)
    if instance.tail == NONE:
        instance.head = task
    else:
        set_next(S, instance.tail, task)
    instance.tail = task
    instance.queued += 1


def dequeue(S: State, i: int) -> int:
    """The first of the run queue; there is one."""
    instance = S.instance[i]
    task = instance.head
    after = next_task(S, task)
    instance.head = after
    if after == NONE:
        instance.tail = NONE
    instance.queued -= 1
    return task
