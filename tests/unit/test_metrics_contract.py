"""The summary's contract only grows: what a version once promised, it goes on promising.

`summary_keys_of_version_2.txt` gets a line for each key that is added, and loses none. A key may
not change its type, and one that was never null may not become so.
"""

from __future__ import annotations

from pathlib import Path

from aurosim.metrics.summary import SCHEMA_VERSION
from aurosim.scenario.results import KEYS

PROMISED = Path(__file__).with_name(f"summary_keys_of_version_{SCHEMA_VERSION}.txt")


def kept() -> set[str]:
    return {f"{key.path} {key.type}{' or null' if key.nullable else ''}" for key in KEYS}


def test_no_promise_is_broken() -> None:
    promised = PROMISED.read_text(encoding="utf-8").splitlines()
    assert sorted(set(promised) - kept()) == []


def test_every_key_is_promised() -> None:
    promised = PROMISED.read_text(encoding="utf-8").splitlines()
    assert sorted(kept() - set(promised)) == [], f"add these lines to {PROMISED.name}"
