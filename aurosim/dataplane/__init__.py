"""The data plane: what happens to every request, told twice (see contract.py)."""
