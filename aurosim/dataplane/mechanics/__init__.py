"""The rules of the request path, told once: what happens to every statement, record and copy.

A rule is a plain function over a state (`state`): ``S.slot[x].deadline_ns`` is the deadline of slot
x. It runs as it stands on SimPy's queue (`on_simpy`), over plain Python objects, where a breakpoint
stops in it; and compiled with numba over arrays of records (`compiled`), which is the same source
bound to the few `words` that differ: the event queue, the pools of records, the rings.

For the compiler's sake a rule allocates nothing, does not recurse, and passes no literal to another
rule (a constant of its module instead). A record in hand may be a view: finish reading it before
its slot is given back, and never assign one record to another's place. No event's order is left to
a queue: ranks are unique among what is pending (`contract`).
"""
