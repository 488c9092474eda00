"""What all tests share: Hypothesis draws the same examples on every machine and every day."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("aurosim", derandomize=True, deadline=None, database=None)
settings.load_profile("aurosim")
