"""The rules compiled: the same source over arrays of records, a calendar queue and pools.

`rules` binds and compiles them; `loop.run` and `loop.command` are the two functions with a door to
Python, into which all they reach is inlined or linked. Compiled code never allocates: when a pool
runs low the loop says so, Python doubles it and goes on (`arrays`, `machine`).
"""
