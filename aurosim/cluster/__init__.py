"""What a cluster is: instances, endpoints, the volume and its quorums. No clock, no dice, no SimPy.

What changes per control event lives here, and `control/` changes it; what changes per request
belongs to the data plane, which is told by commands.
"""
