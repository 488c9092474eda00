"""Colours that mean different things in one figure stay different for those who see fewer of them.

Colour blindness is simulated by colorspacious with the matrices of Machado, Oliveira and Fernandes,
"A Physiologically-based Model for Simulation of Color Vision Deficiency" (IEEE Transactions on
Visualization and Computer Graphics 15, 2009) at severity 100 %: dichromacy, the worst case. The
distance is that of CAM02-UCS (Luo, Cui and Li 2006), where 1 is about what can just be told apart
side by side. Ten is asked for here; matplotlib's ten default colours would not pass.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pytest
from colorspacious import cspace_convert, deltaE
from matplotlib.colors import to_rgb

from aurosim.report import cluster_figures, fleet_figures, load_figures, style

ENOUGH = 10.0
EYES = ("typical", "protanomaly", "deuteranomaly", "tritanomaly")
TOGETHER = {
    "workloads and instances": style.SERIES,
    "waits": tuple(color for *_, color in cluster_figures.WAITS),
    "phases of a failover": tuple(color for *_, color in cluster_figures.PHASES),
    "causes of errors": tuple(load_figures.ERROR_COLORS.values()),
    "causes of outages": tuple(color for _, color in fleet_figures.CAUSES.values()),
    "an outage and service": (style.VERMILLION, load_figures.SERVED),
    "trace and simulation": (style.GREY, style.ORANGE, style.BLUE),
}
"""The colours that meet in one figure."""


def seen(color: str, eyes: str) -> npt.NDArray[np.float64]:
    """The sRGB colour, 0 to 1, that looks to everybody as `color` does to these eyes."""
    if eyes == "typical":
        return np.array(to_rgb(color))
    space = {"name": "sRGB1+CVD", "cvd_type": eyes, "severity": 100}
    return np.clip(cspace_convert(to_rgb(color), space, "sRGB1"), 0, 1)


def nearest(colors: Iterable[str], eyes: str) -> float:
    """The distance of the two that look most alike."""
    return min(
        float(deltaE(seen(one, eyes), seen(two, eyes), input_space="sRGB1"))
        for one, two in itertools.combinations(colors, 2)
    )


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("figure", TOGETHER)
def test_colors_of_a_figure_can_be_told_apart(figure: str, eyes: str) -> None:
    assert nearest(TOGETHER[figure], eyes) > ENOUGH


def test_colors_that_cannot_be_told_apart_are_seen() -> None:
    red_and_green = ("#d62728", "#7f7f00")
    assert nearest(red_and_green, "typical") > 2 * ENOUGH
    assert nearest(red_and_green, "deuteranomaly") < ENOUGH


def test_a_color_is_used_for_one_thing() -> None:
    assert [name for name, colors in TOGETHER.items() if len(set(colors)) != len(colors)] == []
