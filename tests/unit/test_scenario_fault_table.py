"""The table of faults: each says its word, where it strikes, and how it is said."""

from __future__ import annotations

import pytest

from aurosim import catalog
from aurosim.catalog.volume import COPIES
from aurosim.errors import ScenarioError
from aurosim.scenario import loads
from aurosim.scenario.faults import FAULTS, KINDS
from aurosim.scenario.faults.fault import ClusterFault, Fault, GlobalFault

TEXT = """name: x
run: {{duration: 1 min}}
cluster: {{engine: aurora-mysql, writer: {{class: db.r6g.large}}, readers: {{count: 1}}}}
workload: [{{name: w, arrivals: {{rate: 1/s}}, transaction: sysbench-point-select}}]
faults: [{{at: 5 s, {kind}: {target}}}]
"""


def complaint(kind: str, target: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        loads(TEXT.format(kind=kind, target=target), "x.yaml")
    return str(caught.value)


def test_no_word_stands_for_two() -> None:
    assert len(set(KINDS)) == len(FAULTS) == 12


@pytest.mark.parametrize("fault", FAULTS, ids=KINDS)
def test_it_strikes_somewhere_and_does_something(fault: type[Fault]) -> None:
    assert issubclass(fault, ClusterFault) != issubclass(fault, GlobalFault)
    assert not getattr(fault.strike, "__isabstractmethod__", False)  # type: ignore[attr-defined]
    assert fault.kind in fault.model_fields and fault.__doc__


@pytest.mark.parametrize("fault", FAULTS, ids=KINDS)
def test_who_says_nothing_of_it_is_told_how_it_is_said(fault: type[Fault]) -> None:
    said = complaint(fault.kind, "null")
    assert f"{fault.kind} says nothing. Say `{fault.kind}: " in said


@pytest.mark.parametrize("kind", ["segment_loss", "slow_node", "slow_link"])
def test_one_without_a_short_form_takes_a_mapping_only(kind: str) -> None:
    assert f"is 5; it must be a mapping. Say `{kind}: {{" in complaint(kind, "5")


def test_the_copies_are_those_of_the_catalog() -> None:
    assert catalog.whole("segment_copies") == COPIES
