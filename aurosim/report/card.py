"""A run as a card in a notebook: the verdict and the key numbers, as HTML with no style sheet."""

from __future__ import annotations

from markupsafe import Markup

from aurosim.report import answer, cures, headline, words
from aurosim.report.subject import Subject

_BOX = (  # its own ground, since a notebook may be dark
    "border:1px solid #dfe3e6;border-radius:4px;padding:10px 14px;max-width:60em;"
    "background:#fff;color:#222"
)
_CELL = "display:inline-block;vertical-align:top;margin:8px 28px 0 0"
_SOFT = "color:#5b636b;font-size:85%"


def html(subject: Subject) -> str:
    """The card as HTML. Every text in it is escaped, since names come from the scenario."""
    summary = subject.summary
    cells = Markup("").join(
        Markup(
            '<div style="{}" title="{}"><div style="{}">{}</div><b>{}</b>'
            '<div style="{}">{}</div></div>'
        ).format(_CELL, card.meaning, _SOFT, card.label, card.value, _SOFT, card.line)
        for card in headline.cards(subject)
    )
    stopped = ", stopped before its end" if subject.partial else ""
    head = Markup('<b>{}</b> <span style="{}">seed {}{}</span>').format(
        words.name(summary["scenario"]), _SOFT, summary["seed"], stopped
    )
    return str(
        Markup('<div style="{}">{}{}<div>{}</div><p style="margin:8px 0 0">{}</p></div>').format(
            _BOX, head, _verdicts(subject), cells, answer.reading(subject)
        )
    )


def _verdicts(subject: Subject) -> Markup:
    """The expectations that failed, or that all held."""
    every = answer.verdicts(subject)
    failed = [one for one in every if not one.held]
    if not failed:
        return Markup('<div style="color:#00694d">{}</div>').format(
            f"all {len(every)} expectations held" if every else ""
        )
    lines = [Markup("failed: <code>{}</code>, is {}").format(v.text, v.value) for v in failed]
    told = Markup('<div style="color:#a83f00">{}</div>').format(Markup("<br>").join(lines))
    ways = [cure.line for cure in cures.told(subject.scenario, cures.IN_PYTHON)]
    return told + Markup("").join(Markup("<div>{}</div>").format(line) for line in ways)
