"""The data plane told in plain SimPy: to read, to teach and to trust.

Every event is a `Moment` at a whole nanosecond with a rank, so SimPy's queue sorts by the
contract's total order and by nothing else. There are no processes here: what happens to a
request is a chain of short handlers, each named for the event it answers. `clients` send and wait,
`instances` work and queue, `storage` makes redo durable, `replication` carries it to the
readers; `plane` holds them together and obeys the control plane.
"""
