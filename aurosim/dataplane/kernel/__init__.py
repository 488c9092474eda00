"""The data plane compiled: the same mechanics as the reference, as small functions over arrays.

A file here has the name of its twin. What SimPy's queue does there, `queue` does here; objects are
records in `state`, named by their index. Compiled code never allocates: when a pool runs low,
`advance` says so, Python doubles it and goes on.
"""
