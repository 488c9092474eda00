"""Random worlds tell the same story on both planes.

Coarse ticks put many things at one instant, where order is all; fine ticks seldom do. A failure
names its seed and the command that shows it again.
"""

from __future__ import annotations

import pytest

from tests.agreement.agree import check

COARSE, FINE, REGIONS = 48, 8, 16
LONG_COARSE, LONG_FINE, LONG_REGIONS = 3000, 600, 1500
SHARES = 8


@pytest.mark.parametrize("share", range(SHARES))
def test_worlds_on_coarse_ticks(share: int) -> None:
    for seed in range(share, COARSE, SHARES):
        check(seed, "coarse")


@pytest.mark.parametrize("share", range(2))
def test_worlds_on_fine_ticks(share: int) -> None:
    for seed in range(share, FINE, 2):
        check(seed, "fine")


@pytest.mark.parametrize("share", range(2))
def test_worlds_of_several_regions(share: int) -> None:
    for seed in range(share, REGIONS, 2):
        check(seed, "regions")


@pytest.mark.long
@pytest.mark.parametrize("share", range(SHARES))
def test_many_worlds_of_several_regions(share: int) -> None:
    for seed in range(REGIONS + share, LONG_REGIONS, SHARES):
        check(seed, "regions")


@pytest.mark.long
@pytest.mark.parametrize("share", range(SHARES))
def test_many_worlds_on_coarse_ticks(share: int) -> None:
    for seed in range(COARSE + share, LONG_COARSE, SHARES):
        check(seed, "coarse")


@pytest.mark.long
@pytest.mark.parametrize("share", range(SHARES))
def test_many_worlds_on_fine_ticks(share: int) -> None:
    for seed in range(FINE + share, LONG_FINE, SHARES):
        check(seed, "fine")
