"""The rules on SimPy's own queue, over plain Python objects: to step through, to trace, to teach.

`machine` runs the rules on `queue`; `traced` does so with an eye on one request: `finding` counts
to it, `phases` reads off where it is, `trace` writes its lines with the words of `telling`.

Nothing of SimPy but its queue decides an order: no process, no timeout, no resource.
"""
