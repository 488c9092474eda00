"""The state of a data plane, as the rules read and write it: tables of records, named by index.

Here as plain Python objects, which is how rules run on SimPy; compiled they run over arrays of the
same names (`compiled.arrays`). Pools are lists that grow when a record is asked for and none is
free. A ring is a list for each owner; its length is a power of two and positions only grow.
"""

from __future__ import annotations

from typing import Any

from aurosim.dataplane.mechanics import fields
from aurosim.dataplane.mechanics.fields import Record

POOLS = {
    "job": fields.JOB, "tx": fields.TX, "cell": fields.CELL, "key": fields.KEY,
    "boxcar": fields.BOXCAR, "chunk": fields.CHUNK, "waiter": fields.WAITER,
}  # fmt: skip
TABLES = {
    "top": fields.TOP, "slot": fields.SLOT, "group": fields.GROUP, "instance": fields.INSTANCE,
    "cluster": fields.CLUSTER, "workload": fields.WORKLOAD, "statement": fields.STATEMENT,
    "table": fields.TABLE, "process": fields.PROCESS,
}  # fmt: skip
RINGS: dict[str, tuple[str, Record | None]] = {
    "log": ("cluster", fields.LOG),
    "commit": ("cluster", fields.COMMIT), "stalled": ("cluster", None), "reads": ("cluster", None),
    "watch": ("cluster", None), "change": ("cluster", fields.CHANGE),
    "batch": ("cluster", fields.BATCH),
}  # fmt: skip
"""Each ring's owner and what it holds; None: indexes."""
FIRST_RING = 16


class Grid(dict[Any, Any]):
    """A table read by ``[row, column]``: the numbers of an array, Python's own once asked for."""

    def __init__(self, array: Any) -> None:
        super().__init__()
        self.array = array

    def __missing__(self, place: Any) -> Any:
        value = self[place] = self.array[place].item()
        return value


class State:
    """All that rules read and write."""

    top: Any  # [0] scalars of the whole plane
    slot: Any
    job: Any
    tx: Any
    cell: Any
    key: Any
    boxcar: Any
    group: Any
    chunk: Any
    instance: Any
    cluster: Any
    workload: Any
    statement: Any
    table: Any
    process: Any
    waiter: Any
    resident: Any  # [instance, table] pages held
    hop: Any  # [workload, instance] one way, ns
    az_hop: Any  # [cluster, az, az]
    node: Any  # [group, member]
    node_free: Any
    node_delay: Any
    write_ok: Any  # [cluster, mask]
    read_ok: Any
    record: Any  # [cluster, role, place]
    record_count: Any  # [cluster, role]
    before: Any  # [cluster, role]: what it named first, and
    flap_until: Any  # until when an answer may still be that
    rate_start: Any
    rate0: Any
    rate1: Any
    link_hop: Any  # [cluster, cluster it follows] one way, ns
    settled: Any  # [mask of holders, group] acknowledged commits
    log: Any  # rings, see `words.at`
    commit: Any
    stalled: Any
    reads: Any
    watch: Any
    change: Any
    batch: Any  # redo on its way to a secondary
    change_table: Any  # see `words.chain`
    queue: Any  # the event queue
    free: Any  # free records of each pool
    row: Any  # finished statements not handed out yet
    lag: Any  # lag samples not handed out yet
    moment: Any  # when pictures are wanted; the last is NEVER
    seen: Any  # [picture] the parts of `observation.Pictures`
    seen_instance: Any  # [picture, instance]
    seen_cluster: Any
    seen_workload: Any

    def __init__(self, made: dict[str, Any], queue: Any) -> None:
        """``made`` has the fixed tables as arrays (see `initial_state`)."""
        for name, array in made.items():
            setattr(self, name, self._plain(name, array))
        for name in POOLS:
            setattr(self, name, [])
        for name, (owner, record) in RINGS.items():
            owners = range(len(made[owner]))
            setattr(self, name, [
                [record.new() if record else 0 for _ in range(FIRST_RING)] for _ in owners
            ])
        self.free: dict[str, list[int]] = {name: [] for name in POOLS}
        self.change_table: dict[tuple[int, int], int] = {}
        self.row: list[tuple[int, ...]] = []
        self.lag: list[tuple[int, int, int]] = []
        self.queue = queue

    @staticmethod
    def _plain(name: str, array: Any) -> Any:
        if name in TABLES:
            return TABLES[name].objects(array)
        if array.ndim > 1:
            return Grid(array)
        return array if name.startswith("rate") else array.tolist()

    def take(self, pool: str) -> int:
        """The index of a free record."""
        free = self.free[pool]
        if free:
            return free.pop()
        records = getattr(self, pool)
        records.append(POOLS[pool].new())
        return len(records) - 1


def widen(ring: list[Any], first: int, end: int) -> None:
    """Twice the places; positions keep their meaning."""
    old, mask = list(ring), 2 * len(ring) - 1
    ring[:] = [type(old[0])() for _ in range(mask + 1)]
    for place in range(first, end):
        ring[place & mask] = old[place & (len(old) - 1)]
