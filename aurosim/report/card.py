"""A run as a card in a notebook: the verdict and the key numbers, as HTML with no style sheet."""

from __future__ import annotations

from markupsafe import Markup

from aurosim.report import answer, banner, cures, headline, words
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
    """That all promises were kept, and whom they leave out; or those that were broken."""
    told_on_top = banner.of(subject.summary)
    if told_on_top is None:
        return Markup("")
    if told_on_top.tone != "bad":
        ink = "#00694d" if told_on_top.tone == "good" else "#5b636b"
        return Markup('<div style="color:{}">{}</div>').format(ink, told_on_top.text)
    failed = [one for one in answer.verdicts(subject) if not one.held]
    lines = [Markup("{}").format(told_on_top.text)]
    lines += [Markup("failed: <code>{}</code>, is {}").format(v.text, v.value) for v in failed]
    told = Markup('<div style="color:#a83f00">{}</div>').format(Markup("<br>").join(lines))
    ways = [cure.line for cure in cures.told(subject.scenario, cures.IN_PYTHON)]
    return told + Markup("").join(Markup("<div>{}</div>").format(line) for line in ways)
