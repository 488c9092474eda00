"""What `aurosim check` prints: the resolved scenario, and what follows from it without a run.

What follows stands below as comments, so that the whole text is still the scenario: how many
connections each instance accepts, and what a workload's `stack` has filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from aurosim import catalog
from aurosim import scenario as language
from aurosim.scenario.client import ClientSpec
from aurosim.scenario.filling import shared_out, stack, without_meaning
from aurosim.scenario.limits import connections_for_clients, max_connections
from aurosim.scenario.plain import as_yaml
from aurosim.scenario.resolution import cluster_of, custom_endpoint
from aurosim.scenario.workload import WorkloadSpec

HEADINGS = ("instance", "class", "connections_limit", "for_clients")
NOTE = """\
# connections_limit: max_connections of the cluster, else of the class's default parameter group.
# for_clients: what the engine does not keep for itself and for administrators.
"""
STACK_HEADINGS = ("workload", "key", "value", "status", "source")
CAUTIONS = ("not modelled", "say it")
"""Words by which a note of `stacks.csv` warns of something."""
STACK_NOTE = "# What each workload's stack says, or this file in its place.\n"

Rows = Sequence[tuple[str, ...]]


def text(scenario: language.Scenario) -> str:
    """The scenario with nothing left unsaid, then what follows from it."""
    parts = [language.dump(scenario)]
    if rows := limits(scenario):
        parts.append(f"\n# What follows from it:\n{_columns((HEADINGS, *rows), right=2)}{NOTE}")
    if rows := filled_in(scenario):
        parts.append(f"#\n{_columns((STACK_HEADINGS, *rows))}{STACK_NOTE}")
        parts += [f"# {name}: {note}\n" for name, note in cautions(scenario)]
    parts += [f"# {line}\n" for line in too_many_connections(scenario)]
    return "".join(parts)


def _columns(rows: Rows, right: int = 9) -> str:
    """The rows as comments, in columns; from the `right`-th on numbers."""
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            f"{cell:>{width}}" if place >= right else f"{cell:<{width}}"
            for place, (cell, width) in enumerate(zip(row, wide, strict=True))
        ]
        lines.append("#   " + "  ".join(cells).rstrip() + "\n")
    return "".join(lines)


def limits(scenario: language.Scenario) -> list[tuple[str, ...]]:
    """Each instance with its class, the connections it accepts, and those that clients get."""
    classes = catalog.instance_classes()
    return [
        (
            one.name,
            one.class_,
            str(max_connections(cluster, classes[one.class_])),
            str(connections_for_clients(cluster, classes[one.class_])),
        )
        for cluster in scenario.clusters
        for one in cluster.instances
    ]


def filled_in(scenario: language.Scenario) -> list[tuple[str, ...]]:
    """What each workload's stack says, or the file in its place, with what that rests on."""
    return [
        row
        for each in scenario.workload
        if each.client.stack
        for row in _of_stack(each, cluster_of(each, scenario.clusters).engine)
    ]


def cautions(scenario: language.Scenario) -> list[tuple[str, str]]:
    """What the notes of the stacks in use warn of: what is not modelled of them, or to be said."""
    names = dict.fromkeys(
        (each.client.stack, cluster_of(each, scenario.clusters).engine)
        for each in scenario.workload
        if each.client.stack
    )
    return [
        (name, said.note)
        for name, engine in names
        for said in catalog.stack_values(name, engine)
        if any(word in said.note for word in CAUTIONS)
    ]


def too_many_connections(scenario: language.Scenario) -> Iterator[str]:
    """A line for each instance that accepts fewer connections than the pools that lead to it may
    want: those of the cluster endpoint all at the writer, those of the reader endpoint evenly at
    the readers, if there are any."""
    wanted: dict[str, int] = {}
    for each in scenario.workload:
        cluster = cluster_of(each, scenario.clusters)
        names = [one.name for one in cluster.instances]
        if each.endpoint in names:
            targets = [each.endpoint]
        elif each.endpoint == "reader":
            targets = names[1:] or names
        elif custom_endpoint(each, scenario.clusters) is not None:
            continue  # who its members are changes with the roles
        else:
            targets = names[:1]
        connections = shared_out(each)[1]
        for name in targets:
            wanted[name] = wanted.get(name, 0) + -(-connections // len(targets))
    for name, _, _, for_clients in limits(scenario):
        if wanted.get(name, 0) > int(for_clients):
            yield (
                f"{name}: the pools of all processes may want {wanted[name]} connections, and it "
                f"accepts {for_clients}: too_many_connections. Make pools smaller, or fewer."
            )


def _of_stack(workload: WorkloadSpec, engine: str) -> Iterator[tuple[str, ...]]:
    name = workload.client.stack
    assert name is not None
    here, there = _tree(workload.client), _tree(stack(name, engine))
    idle = [key.strip("_") for key in without_meaning(workload, workload.client.pool)]
    for said in catalog.stack_values(name, engine):
        if said.key.removeprefix("pool.") not in idle:
            value = _at(here, said.key)
            same = value == _at(there, said.key)
            rests_on = (said.status, said.source) if same else ("said", "this file")
            yield workload.name, f"client.{said.key}", as_yaml(value), *rests_on


def _tree(client: ClientSpec) -> dict[str, Any]:
    return client.model_dump(mode="json", by_alias=True)


def _at(tree: Any, path: str) -> Any:
    for key in path.split("."):
        tree = tree[key]
    return tree
