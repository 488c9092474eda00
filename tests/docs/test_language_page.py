"""`docs/language.md` is what the models say, and what it shows works."""

from __future__ import annotations

import re
from pathlib import Path

from aurosim.scenario import loads
from aurosim.scenario.arrivals import TraceArrivals
from aurosim.scenario.faults import KINDS
from aurosim.scenario.paths import LEAVES
from aurosim.scenario.reading import read
from aurosim.scenario.reference import markdown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "language.md"


def test_the_page_is_in_step_with_the_models() -> None:
    said = "run `python -m aurosim.scenario.reference > docs/language.md`"
    assert PAGE.read_text(encoding="utf-8") == markdown(), said


def test_its_examples_load() -> None:
    example, *_, promises = re.findall(r"```yaml\n(.*?)```", markdown(), re.DOTALL)
    assert loads(example, "docs/language.md").name == "host-failure"
    whole = example[: example.index("expect:")] + promises
    (cure,) = loads(whole, "docs/language.md").cure
    assert (cure.mends, cure.in_place) == (["orders.outage.max < 20 s"], True)


def test_each_trace_it_shows_is_one() -> None:
    lines = re.findall(r"^arrivals: .*trace.*$", markdown(), re.MULTILINE)
    assert len(lines) == 4
    for line in lines:
        TraceArrivals.model_validate(read(line, "page").tree["arrivals"])


def test_every_link_has_its_section() -> None:
    page = markdown()
    assert set(re.findall(r"\(#([a-z-]+)\)", page)) <= set(re.findall(r'<a id="([a-z-]+)">', page))


def test_it_tells_every_fault_and_every_path() -> None:
    page = markdown()
    assert all(f"| `{kind}` |" in page for kind in KINDS)
    assert page.count("\n| `") > len(LEAVES) + 80
