"""The drivers that clients may have: the word for each, and what it knows, as the language says it.

What a driver decides is the file of its name in `dataplane/mechanics/drivers`.
"""

from __future__ import annotations

DRIVERS = {
    "plain": "knows nothing of the cluster but its endpoint",
}
"""In the order of their numbers."""
