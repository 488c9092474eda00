"""Files that are something else: a study, what AWS's commands print, a template, an export, code.

Each key of such a file would be a complaint of its own, and none of them would help. So what it is
is said once, with what to do instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from aurosim import catalog
from aurosim.units import shown

Tree = Mapping[str, Any]

OF_SCENARIOS = ("run", "cluster", "clusters", "workload")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_REGION = re.compile(r"([a-z]{2}(?:-[a-z]+)+-\d)[a-z]?")
MOST = 15
"""Instances that are written out."""


_HCL = re.compile(
    r"(?:[ \t]*(?:(?:#|//)[^\n]*)?\r?\n)*"  # blank lines and comments
    r"(?:terraform|locals|(?:resource|data)[ \t]+\"[^\"\n]*\"[ \t]+\"[^\"\n]*\"|"
    r"(?:provider|variable|module|output)[ \t]+\"[^\"\n]*\")[ \t]*\{"
)
WAY = "`aurosim new NAME` writes one to edit."


def not_a_scenario(tree: Any, name: str, keys: Collection[str]) -> str | None:
    """What to say of a file that is something else; None where it may be meant as a scenario.

    `keys` are those that a scenario may have. Whatever has none of them is none, known to us or
    not.
    """
    if isinstance(tree, list):
        inner = tree[0] if tree and isinstance(tree[0], dict) else {}
        if any(key in inner for key in keys):
            return None
        return f"is a list, not a scenario{_looks(inner, QUESTIONS)}. {WAY}"
    if not isinstance(tree, dict) or not tree or any(key in tree for key in OF_SCENARIOS):
        return None
    known = next((say(tree, name) for said, say in KNOWN if said <= set(tree)), None)
    if known is not None or any(key in tree for key in keys):
        return known
    looks = _looks(tree, SHAPES) or f": its first key is {shown(next(iter(tree)))}"
    return f"is not a scenario{looks}. {WAY}"


def not_yaml(text: str) -> str | None:
    """What to say of Terraform's own language, which YAML would stumble over; None of others."""
    return f"is not a scenario: it looks like Terraform code. {WAY}" if _HCL.match(text) else None


def _looks(tree: Tree, shapes: Mapping[str, str]) -> str:
    found = next((shapes[key] for key in tree if key in shapes), "")
    return f": it looks like {found}" if found else ""


def not_a_study(tree: Any, name: str) -> str | None:
    """What to say of a scenario where a study is asked for; None for anything else."""
    if not isinstance(tree, dict) or "vary" in tree or "scenario" in tree:
        return None
    if not any(key in tree for key in OF_SCENARIOS):
        return None
    return (
        f"is a scenario, not a study. `aurosim run {name}` runs it, `aurosim replicate {name}` "
        "with many seeds; a study is a file of its own that names a scenario and what varies in it "
        "(docs/studies.md)."
    )


def _study(_tree: Tree, name: str) -> str:
    return f"is a study, not a scenario. `aurosim sweep {name}` runs it."


def _clusters(tree: Tree, _name: str) -> str:
    found = tree["DBClusters"]
    first = found[0] if isinstance(found, list) and found else None
    written = _cluster(first) if isinstance(first, dict) else ""
    return (
        "is what `aws rds describe-db-clusters` prints, not a scenario: it says neither classes "
        f"nor traffic. `aurosim new NAME` writes a scenario; put your cluster into it{written}. "
        "Each instance's class and az are the DBInstanceClass and the last letter of the "
        "AvailabilityZone that `aws rds describe-db-instances` prints."
    )


def _cluster(of: Tree) -> str:
    """The cluster as far as AWS's own words say it; nothing where they are not as AWS writes."""
    members = of.get("DBClusterMembers")
    listed = members if isinstance(members, list) else []
    known = [each for each in listed if isinstance(each, dict)]
    known.sort(key=lambda each: each.get("IsClusterWriter") is not True)
    named = [each for each in known if _NAME.fullmatch(str(each.get("DBInstanceIdentifier")))]
    if not named or len(named) > MOST + 1 or of.get("Engine") not in catalog.engines():
        return ""
    parts = [f"engine: {of['Engine']}"]
    zones = of.get("AvailabilityZones")
    zone = _REGION.fullmatch(str(zones[0])) if isinstance(zones, list) and zones else None
    parts += [f"region: {zone[1]}"] if zone else []
    parts += ["storage: {type: io-optimized}"] if of.get("StorageType") == "aurora-iopt1" else []
    instances = ", ".join(_instance(each) for each in named)
    return f": `cluster: {{{', '.join(parts)}, instances: [{instances}]}}`"


def _instance(of: Tree) -> str:
    tier = of.get("PromotionTier")
    said = f", promotion_tier: {tier}" if type(tier) is int and 0 <= tier <= 15 else ""
    return f"{{name: {of['DBInstanceIdentifier']}{said}, class: ..., az: ...}}"


def _instances(_tree: Tree, _name: str) -> str:
    return (
        "is what `aws rds describe-db-instances` prints, not a scenario: it says no traffic. "
        "`aurosim new NAME` writes a scenario; each of its instances has a name, a class (the "
        "DBInstanceClass) and an az (the last letter of the AvailabilityZone)."
    )


def _experiment(_tree: Tree, _name: str) -> str:
    return (
        "is a template of AWS's fault injection service, not a scenario: it says neither cluster "
        "nor traffic. `aurosim new NAME` writes a scenario; in its faults "
        "`{at: 1 min, failover: {}}` is aws:rds:failover-db-cluster, "
        "`{at: 1 min, reboot: NAME}` is aws:rds:reboot-db-instances."
    )


def _export(_tree: Tree, _name: str) -> str:
    return (
        "is what CloudWatch exports, not a scenario: it says traffic and no cluster. "
        "`aurosim new NAME --from measured-traffic` writes a scenario that follows such an export, "
        "which its `arrivals: {trace: ...}` names."
    )


KNOWN: tuple[tuple[set[str], Callable[[Tree, str], str]], ...] = (
    ({"vary"}, _study),
    ({"scenario"}, _study),
    ({"DBClusters"}, _clusters),
    ({"DBInstances"}, _instances),
    ({"actions", "targets"}, _experiment),
    ({"Datapoints"}, _export),
    ({"MetricDataResults"}, _export),
)
"""Keys that only such a file has, and what to say of it."""

SHAPES: Mapping[str, str] = {
    "GlobalClusters": "what `aws rds describe-global-clusters` prints",
    "DBClusterEndpoints": "what `aws rds describe-db-cluster-endpoints` prints",
    "DBProxies": "what `aws rds describe-db-proxies` prints",
    "TargetGroups": "what `aws rds describe-db-proxy-target-groups` prints",
    "Events": "what `aws rds describe-events` prints",
    "ScalingPolicies": "what `aws application-autoscaling describe-scaling-policies` prints",
    "ScalableTargets": "what `aws application-autoscaling describe-scalable-targets` prints",
    "AWSTemplateFormatVersion": "a template of CloudFormation",
    "Resources": "a template of CloudFormation",
    "AlignedStartTime": "what `aws pi get-resource-metrics` prints (Performance Insights)",
    "MetricList": "what `aws pi get-resource-metrics` prints (Performance Insights)",
    "MetricDataQueries": "a question to CloudWatch",
    "terraform_version": "what `terraform show -json` prints",
    "steady-state-hypothesis": "an experiment of Chaos Toolkit",
    "apiVersion": "a resource of Kubernetes, as the experiments of Chaos Mesh are",
}
"""What a file looks like by a key that a scenario does not have."""

QUESTIONS: Mapping[str, str] = {
    "MetricStat": "a question to CloudWatch (metric data queries)",
    "Timestamp": "the data points of a CloudWatch export",
    **SHAPES,
}
"""What a list looks like by a key of its first item."""
