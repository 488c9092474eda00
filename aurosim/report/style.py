"""One look for every figure: sizes, colours, and an SVG that is the same bytes on every machine.

Figures are 5 inches wide: on a phone 1 pt is then about 1 px and small type can be read, and on a
desktop two of them stand side by side. Colours are those of Okabe and Ito, which people with any
common colour blindness tell apart. Type stays type (`svg.fonttype: none`): it can be searched,
copied and read aloud. It is measured with DejaVu Sans, which matplotlib ships; the fonts a browser
may use instead are no wider.

`$` is a letter here and never mathematics, since names come from whoever wrote the scenario.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

BLACK: Final = "#222222"
DARK: Final = "#555555"
GREY: Final = "#767676"
PALE: Final = "#d9d9d9"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
YELLOW: Final = "#F0E442"
BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"

SERIES: Final = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, BLACK)
"""Colours of workloads and instances, in their order; what comes after the seventh is grey."""

WIDTH_IN: Final = 5.0
LEFT_IN: Final = 0.66
RIGHT_IN: Final = 1.28
NAMES_IN: Final = 0.86
UNIT_IN: Final = 0.14
TOP_IN: Final = 0.52
BOTTOM_IN: Final = 0.44
TITLE_PT: Final = 72 * (TOP_IN - 0.12)
SMALL_PT: Final = 8.0
LABEL_PT: Final = 7.8
SIGNATURE_PT: Final = 6.8
SIGNATURE_IN: Final = 0.13
SCREEN_PX_PER_IN: Final = 128
PRINT_DPI: Final = 200

_RC: Final[dict[Any, Any]] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "text.parse_math": False,
    "text.usetex": False,
    "text.color": BLACK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": BLACK,
    "axes.labelsize": SMALL_PT,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": False,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "xtick.color": GREY,
    "xtick.labelcolor": BLACK,
    "xtick.labelsize": SMALL_PT,
    "ytick.color": GREY,
    "ytick.labelcolor": BLACK,
    "ytick.labelsize": SMALL_PT,
    "ytick.minor.size": 0,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.5,
    "patch.linewidth": 0.0,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "svg.image_inline": True,
    "path.simplify": True,
}

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_REFERENCE = re.compile(r'(\bid="|url\(#|href="#)')
_ATTRIBUTES = re.compile(r'\s(?:xmlns(?::\w+)?|version)="[^"]*"')


class Chart(Figure):
    """A matplotlib figure that a notebook shows once, without pyplot and its global state.

    `chart.savefig("x.png")` keeps it, `chart.axes` are its axes.
    """

    def _repr_svg_(self) -> str:
        # JupyterLab shows it as a picture of its own, which must name its namespaces and its size.
        wide, high = (SCREEN_PX_PER_IN * inches for inches in self.get_size_inches())
        stands_alone = (
            f'<svg xmlns="{_SVG}" xmlns:xlink="{_XLINK}" width="{wide:.0f}" height="{high:.0f}" '
            'style="max-width:100%;height:auto"'
        )
        return svg(self, "notebook").replace("<svg", stands_alone, 1)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """For where SVG is not shown: a notebook that another ran and Jupyter does not trust."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        wide, high = (round(SCREEN_PX_PER_IN * inches) for inches in self.get_size_inches())
        return buffer.getvalue(), {"width": wide, "height": high}

    def savefig(self, fname: Any, **given: Any) -> None:
        """Write it to a file, as matplotlib's, in the style it was drawn in and fit for print."""
        with styled():
            super().savefig(fname, **{"dpi": PRINT_DPI, **given})

    def sign(self, text: str) -> None:
        """Say in a line of its own below all else whose picture it is: away from its page a figure
        needs a name.
        """
        before = self.get_figheight()
        after = before + SIGNATURE_IN
        for axes in self.axes:
            box = axes.get_position()
            low, high = box.y0 * before + SIGNATURE_IN, box.height * before
            axes.set_position((box.x0, low / after, box.width, high / after))
        self.set_figheight(after)
        self.text(
            1.5 / (72 * self.get_figwidth()), 5 / (72 * after), text, fontsize=SIGNATURE_PT,
            color=GREY,
        )  # fmt: skip


_is_set = False


@contextmanager
def styled() -> Iterator[None]:
    """Inside, matplotlib has this style; afterwards it is again as it was before.

    One within another changes nothing, so that who draws much sets it once around all.
    """
    global _is_set
    if _is_set:
        yield
        return
    with matplotlib.rc_context(), warnings.catch_warnings():
        # A letter that DejaVu lacks is measured as a box; the browser finds it in another font.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RC)
        _is_set = True
        try:
            yield
        finally:
            _is_set = False


def chart(
    heights_in: tuple[float, ...] = (1.5,), *, gap_in: float = 0.5, left_in: float = LEFT_IN
) -> tuple[Chart, list[Axes]]:
    """A figure with one axes per height (of the plotting area, in inches), from top to bottom."""
    total = TOP_IN + BOTTOM_IN + sum(heights_in) + gap_in * (len(heights_in) - 1)
    figure = Chart(figsize=(WIDTH_IN, total))
    axes, top, width = [], total - TOP_IN, WIDTH_IN - left_in - RIGHT_IN
    for height in heights_in:
        box = (left_in / WIDTH_IN, (top - height) / total, width / WIDTH_IN, height / total)
        axes.append(figure.add_axes(box))
        top -= height + gap_in
    for each in axes:
        each.yaxis.set_major_formatter(FuncFormatter(tick))
    return figure, axes


def size_pt(axes: Axes) -> tuple[float, float]:
    """Width and height of the plotting area in points."""
    figure, box = axes.get_figure(root=True), axes.get_position()
    assert figure is not None
    return 72 * box.width * figure.get_figwidth(), 72 * box.height * figure.get_figheight()


def title(axes: Axes, text: str) -> None:
    """What is drawn, with its unit, above the axes at the left end of the figure."""
    left_pt = axes.get_position().x0 * WIDTH_IN * 72
    axes.annotate(
        text, (0, 1), (1.5 - left_pt, TITLE_PT), xycoords="axes fraction",
        va="center", textcoords="offset points", fontsize=9, fontweight="bold",
        annotation_clip=False,
    )  # fmt: skip


def unit(axes: Axes, text: str) -> None:
    """The unit of the vertical axis, at the left end of the figure, whatever the ticks' width."""
    axes.set_ylabel(text)
    left_in = axes.get_position().x0 * WIDTH_IN
    across_in = axes.get_position().width * WIDTH_IN
    axes.yaxis.set_label_coords(-(left_in - UNIT_IN) / across_in, 0.5)


def tick(value: float, _position: int | None = None) -> str:
    """A number at an axis: thin spaces between thousands, no needless digits."""
    text = f"{value:.6g}" if abs(value) < 1e6 else f"{value / 1e6:.4g}M"
    if "e" not in text and abs(value) >= 10_000 and text.lstrip("-").isdigit():
        text = f"{int(value):,}".replace(",", "\u2009")
    return text


def svg(figure: Figure, name: str, spoken: str = "") -> str:
    """The figure as an `<svg>` element to be put into HTML: same figure and name, same bytes.

    `name` keeps the ids of several figures on a page apart; `spoken` is what a screen reader says.
    """
    assert re.fullmatch(r"[a-z][a-z0-9-]*", name), f"{name!r} cannot be part of an id"
    buffer = io.StringIO()
    with styled(), matplotlib.rc_context({"svg.hashsalt": f"aurosim/{name}"}):
        Figure.savefig(figure, buffer, format="svg", metadata={"Date": None, "Creator": None})
    body = buffer.getvalue()
    body = body[body.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    body = _TAG.sub(lambda tag: _REFERENCE.sub(rf"\g<1>{name}-", tag.group()), body)
    end = body.index(">") + 1
    head = re.sub(r'\s(?:width|height)="[^"]*"', "", _ATTRIBUTES.sub("", body[:end]))
    spoken_as = f' role="img" aria-label="{_attribute(spoken)}"' if spoken else ""
    return head.replace("<svg", f"<svg{spoken_as}", 1) + body[end:].rstrip()


def _attribute(text: str) -> str:
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(letter, entity)
    return text
