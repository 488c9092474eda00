"""The known word that a mistyped one was meant to be, for the end of a complaint."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LISTED = 12


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The most similar known word, or None where none is similar."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word[:100].lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?`, or nothing where no known word is similar."""
    found = nearest(word, known)
    return f" Did you mean '{found}'?" if found else ""


def listed(words: Iterable[str]) -> str:
    """The words with commas, each once, the first dozen of them, in their order."""
    every = list(dict.fromkeys(words))
    rest = f" and {len(every) - LISTED} more" if len(every) > LISTED else ""
    return (", ".join(every[:LISTED]) + rest) or "none"
