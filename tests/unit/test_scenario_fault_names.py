"""Whatever a fault names (a cluster, an instance, who takes over), an unknown name is a message."""

from __future__ import annotations

from typing import Any

import pytest

from aurosim.errors import ScenarioError
from aurosim.scenario import loads
from aurosim.scenario.faults import FAULTS
from aurosim.scenario.faults.fault import Fault

NAMES = ("cluster", "instance", "to")
WORDS: dict[str, str] = {
    "what": "node", "az": "a", "group": "0", "segments": "[0]", "delay": "5 ms",
    "cluster": "far", "to": "far", "instance": "far-reader-1",
}  # fmt: skip
TEXT = """name: x
run: {{duration: 1 min}}
clusters:
  - {{name: near, engine: aurora-mysql, writer: {{class: db.r6g.large}}, readers: {{count: 1}}}}
  - {{name: far, engine: aurora-mysql, region: eu-west-1,
     readers: {{count: 1, class: db.r6g.large}}}}
workload: [{{name: w, arrivals: {{rate: 1/s}}, transaction: sysbench-point-select}}]
faults:
  - {{at: 5 s, {kind}: {{{target}}}{ending}}}
"""


def target_fields(fault: type[Fault]) -> dict[str, Any]:
    """The fields of the mapping under a fault's own word."""
    annotation = fault.model_fields[fault.kind].annotation
    assert annotation is not None
    return dict(annotation.model_fields)


NAMING = [
    (fault, field) for fault in FAULTS for field in NAMES if field in target_fields(fault)
]


def complaints(fault: type[Fault], unknown: str) -> list[str]:
    """What is said of a fault one of whose names nobody has."""
    said = {
        field: "nobody" if field == unknown else WORDS[field]
        for field, spec in target_fields(fault).items()
        if field == unknown or spec.is_required() or field == "delay"
    }
    target = ", ".join(f"{key}: {value}" for key, value in said.items())
    ending = ", for: 5 s" if "for_" in fault.model_fields else ""
    text = TEXT.format(kind=fault.kind, target=target, ending=ending)
    with pytest.raises(ScenarioError) as caught:
        loads(text, "x.yaml")
    return str(caught.value).splitlines()


def test_the_faults_that_name_something_are_many() -> None:
    assert len(NAMING) >= 13 and {fault for fault, _ in NAMING} == set(FAULTS)


@pytest.mark.parametrize(
    ("fault", "field"), NAMING, ids=[f"{fault.kind}.{field}" for fault, field in NAMING]
)
def test_an_unknown_name_is_told_with_its_place_and_the_names_there_are(
    fault: type[Fault], field: str
) -> None:
    (line,) = complaints(fault, field)
    assert line.startswith(f"x.yaml:9: faults[0].{fault.kind}.{field} names ")
    assert "'nobody', which " in line
    assert "Clusters: near, far" in line or "Instances: writer, reader-1" in line
