"""The page of assumptions: every entry and every difference of the engines, as Markdown.

`python -m aurosim.catalog.page > docs/assumptions.md` writes it; a test holds the file in step.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from aurosim.catalog.engines import Difference, engine_differences, engines
from aurosim.catalog.entry import Entry, entries
from aurosim.catalog.stacks import stacks

HEAD = """# Numbers and assumptions

Every number of the model, with what it rests on. Written by `python -m aurosim.catalog.page` from
`aurosim/catalog/entries.csv`, `engines.csv`, `stacks.csv` and `outcomes.py`; do not edit here.

- **sourced**: a document states it. **derived**: arithmetic on stated numbers.
- **fitted**: solved from a published result, which is then no evidence for the model.
- **assumption**: a guess, with its reason.

A scenario can override an entry under `model:` by its name, to see whether a result hangs on it.
The range is what we hold plausible, not a confidence interval.

Sources: **S17** Verbitski et al., *Amazon Aurora: Design Considerations for High Throughput
Cloud-Native Relational Databases*, SIGMOD 2017. **S18** Verbitski et al., *Amazon Aurora: On
Avoiding Distributed Consensus for I/Os, Commits, and Membership Changes*, SIGMOD 2018. **AUG-2023**
Amazon Aurora User Guide as of June 2023, with its page. **FAQ** Amazon Aurora FAQ. **aurosim**
means that nobody published it. A name in brackets such as `s17-t3-aur-50` is a row of
`aurosim/catalog/published_results.csv`; a name ending in `.csv` is a
table beside it; **facts section N** is a section of `docs/aurora_facts.md`.

"""

ENGINES_HEAD = """## The engines

What differs between the engines, and what is the same only because nobody published a difference.

"""

STACKS_HEAD = """## Stacks of clients

What `client.stack` fills in where a scenario says nothing else: a key below `client`, and the value
as a scenario would say it. **facts, proxy and drivers** is `docs/proxy_and_drivers.md`, where the
other sourced values stand, too.

"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|") or "-"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(map(_cell, line)) + " |\n" for line in lines)


def _amount(entry: Entry, text: str) -> str:
    """A number of an entry with its unit, as people write it."""
    if entry.unit == "bytes" and int(text) % 2**30 == 0:
        return f"{int(text) // 2**30} GiB"
    if entry.unit == "bytes_per_s":
        return f"{float(text) * 8 / 1e9:g} Gbit/s"
    if entry.unit == "count":
        return f"{int(text):,}"
    return text if entry.unit in ("ratio", "none-or-duration") else f"{text} {entry.unit}"


def _range(entry: Entry) -> str:
    if not entry.low_text and not entry.high_text:
        return ""
    return f"{entry.low_text} to {entry.high_text}"


def _said(difference: Difference, name: str) -> str:
    said = difference.values[name]
    return f"{said} (borrowed)" if name in difference.borrowed else said


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for group in dict.fromkeys(entry.group for entry in entries().values()):
        rows = [
            [f"`{e.name}`", _amount(e, e.text), _range(e), e.unit, e.status, e.source, e.note]
            for e in entries().values()
            if e.group == group
        ]
        header = ["entry", "value", "range", "unit", "status", "source", "note"]
        parts += [f"## {group}\n\n", _table(header, rows), "\n"]
    differences = [
        [d.topic, *(_said(d, name) for name in engines()), d.status, d.source, d.note]
        for d in engine_differences()
    ]
    header = ["topic", *engines(), "status", "source", "note"]
    stack_rows = [
        [f"`{name}`", f"`{e.key}`", e.value, e.engine or "all", e.status, e.source, e.note]
        for name, said in stacks().items()
        for e in said
    ]
    of_stacks = _table(["stack", "key", "value", "engine", "status", "source", "note"], stack_rows)
    engine_rows = _table(header, differences)
    return "".join([*parts, STACKS_HEAD, of_stacks, "\n", ENGINES_HEAD, engine_rows])


if __name__ == "__main__":
    sys.stdout.write(page())
