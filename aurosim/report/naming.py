"""How a folder of results is called: after its scenario, its seed, and what was set for it.

Two runs of a scenario with other values are two answers, and the second must not take the first
one's place. So the name says what was set, as it was said; where that cannot be written in full,
six letters tell it from all others.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

SEED = "run.seed"
"""Named in words of its own."""
MOST = 60
"""Characters of what was set; a longer one is cut."""
_PLAIN = re.compile(r"[A-Za-z0-9_.=+-]*")


def said(overrides: Mapping[str, str]) -> list[str]:
    """What was set, shortly: `orders.client.pool=4`, in the order of the paths."""
    return [
        f"{path.removeprefix('workload.').removeprefix('cluster.')}={value}"
        for path, value in sorted(overrides.items())
        if path != SEED
    ]


def with_values(name: str, overrides: Mapping[str, str]) -> str:
    """`name`, and behind it what was set: other values, another name."""
    words = said(overrides)
    if not words:
        return name
    whole = "-".join(words).replace(" ", "")
    if _PLAIN.fullmatch(whole) and len(whole) <= MOST:
        return f"{name}-{whole}"
    # What a file name or a shell may not like is left out; the letters keep it apart.
    short = re.sub(r"[^A-Za-z0-9_.=+-]+", "-", whole)[:MOST].strip("-.")
    told = "\n".join(words)
    return f"{name}-{short}-{hashlib.sha256(told.encode()).hexdigest()[:6]}"
