"""The data plane: what happens to every request; its rules once, run two ways (see `contract`)."""
