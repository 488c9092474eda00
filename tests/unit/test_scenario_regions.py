"""`clusters:` in short and in full, and what a single cluster goes on saying."""

from __future__ import annotations

import pytest

from aurosim import catalog
from aurosim.scenario import checks, dump, loads
from aurosim.scenario.checks import regions
from aurosim.units import GIB
from tests.scenarios.good import LONG_FORM, REGIONS

GLOBAL = loads(REGIONS, "regions.yaml")
VIRGINIA, DUBLIN, TOKYO, SYDNEY = GLOBAL.clusters


def workload(name: str):
    (found,) = (each for each in GLOBAL.workload if each.name == name)
    return found


def test_the_first_is_the_primary_and_names_do_not_clash() -> None:
    assert GLOBAL.is_global and GLOBAL.cluster is VIRGINIA
    assert [each.name for each in VIRGINIA.instances] == ["writer", "reader-1", "reader-2"]
    assert [each.name for each in TOKYO.instances][:2] == ["tokyo-reader-1", "tokyo-reader-2"]
    assert [each.az for each in TOKYO.instances][:4] == ["a", "b", "c", "a"]
    assert len(TOKYO.instances) == 16 and SYDNEY.instances == []


def test_a_secondary_has_the_primarys_volume_and_a_storage_type_of_its_own() -> None:
    for each in GLOBAL.clusters:
        assert (each.storage.size, each.storage.lsn_allocation_limit) == (40 * GIB, 100000)
    assert [each.storage.type for each in GLOBAL.clusters[:2]] == ["standard", "io-optimized"]


def test_clients_are_in_their_clusters_region_where_it_is_not_said() -> None:
    assert (workload("orders").cluster, workload("orders").client.region) == (
        "virginia", "us-west-2",
    )  # fmt: skip
    browsing = workload("browsing")
    assert (browsing.cluster, browsing.client.region) == ("tokyo", "ap-northeast-1")
    assert (browsing.client.az, workload("near").client.az) == ("a", "b")
    assert workload("reports").client.dns_cache == DUBLIN.dns_ttl


def test_one_cluster_says_nothing_of_regions() -> None:
    """Its resolved text is what it was before there were several: provenance holds it."""
    text = dump(loads(LONG_FORM, "long.yaml"))
    assert "clusters" not in text.replace("clusters.shop", "") and "\ncluster:\n" in text
    assert "client:\n" in text and "region:" in text
    assert text.count("region: eu-west-1") == 1


def test_values_are_set_by_the_names_of_clusters_and_instances() -> None:
    given = {"clusters.dublin.instances.db-2.class": "db.r5.large"}
    assert loads(REGIONS, "r", given).clusters[1].instances[1].class_ == "db.r5.large"
    given = {"clusters.tokyo.readers.count": "3", "faults.1.slow_link.bandwidth": "1 MB/s"}
    changed = loads(REGIONS, "r", given)
    assert len(changed.clusters[2].instances) == 3
    assert changed.faults[1].slow_link.bandwidth == 1_000_000


def test_a_pair_of_regions_without_a_distance_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every region that is known has all its distances today, so one is taken away."""
    far = {"us-east-1", "eu-west-1"}
    monkeypatch.setattr(catalog, "distance_known", lambda a, b: {a, b} != far)
    said: list[tuple] = []
    regions.regions_differ(GLOBAL, lambda path, message: said.append((path, message)))
    ((path, message),) = said
    assert path == ("clusters", 1, "region")
    assert message.startswith("is 'eu-west-1', whose distance to us-east-1 is not known. Known")
    assert "ap-northeast-1" in message
    assert regions.CHECKS[0] in checks.CHECKS
