"""Meters: recording what happens to requests in bounded memory, from either plane.

Each meter is a few numpy arrays, compiled functions that record into them (the rules call these
on the arrays themselves) and a thin class around both. Two meters of the same shape merge: the
result equals recording everything into one, in any order, so replicates and shards can be added.
"""
