"""The rules on SimPy's own queue, over plain Python objects: to step through, to trace, to teach.

Nothing of SimPy but its queue decides an order: no process, no timeout, no resource.
"""
