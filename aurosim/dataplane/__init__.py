"""The data plane: what happens to every request, its rules once, run compiled or on SimPy (see `contract`)."""
