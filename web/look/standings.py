"""A customer's standings in words: the value of each axis, who says so, since when, until when."""

from dataclasses import dataclass
from datetime import date

from mirror.instants import local_day
from mirror.masking import Texts, mask_text
from mirror.reading.standings import RECEIVED, Standing
from mirror.standing import Step
from mirror.standing.rules import AXES, BARS
from mirror.standing.rules.conta_base import last_payment
from web.look import words
from web.look.formats import day
from web.look.words import AXES as AXIS_NAMES
from web.shop import shop

# How standings are called on the screen: the shop's own labels first, then the words of the rules.
#
# A word of the master's that is no value of its axis is shown as received, masked where it is
# somebody's number.


def axis_label(axis: str) -> str:
    """``Atividade``: an axis, as staff call it; whose rules it follows is on the page of rules."""
    return words.AXES[axis]


def rules_label(axis: str) -> str:
    """``Conta Base``: by whose rules an axis goes."""
    return words.RULES[BARS[axis].rules]


def standing_label(axis: str, value: str) -> str:
    """What one customer of this value is called."""
    return own_label(axis, value) or words.STANDINGS[axis].get(value) or _received(value)


def counted_label(axis: str, value: str) -> str:
    """What all customers of this value are called, beside the name of the axis."""
    return own_label(axis, value) or words.COUNTED[axis].get(value) or standing_label(axis, value)


def own_label(axis: str, value: str) -> str | None:
    """The shop's own label for a value, where it has one."""
    return shop().wording.labels.get(axis, {}).get(value)


def _received(value: str) -> str:
    return mask_text(value, shop().settings.document_mask, strict=True)


@dataclass(frozen=True)
class Line:
    """One axis of a customer."""

    axis: str
    name: str
    rules: str
    value: str
    tone: str
    origin: str
    """``recebida do sistema de origem`` or ``pelas regras da loja``."""
    since: date | None
    """None where nobody knows, or where it is the master alone that says so."""
    coming: str | None
    difference: str | None


def line(one: Standing, texts: Texts) -> Line:
    """One standing as a page shows it."""
    return Line(
        axis=one.axis,
        name=AXIS_NAMES[one.axis],
        rules=rules_label(one.axis),
        value=value_label(one, texts),
        tone=words.STANDING_TONES.get(one.value, ""),
        origin=origin(one),
        since=None if one.differs or not one.since else local_day(one.since),
        coming=coming(one, texts),
        difference=_difference(one, texts) if one.differs else None,
    )


def value_label(one: Standing, texts: Texts) -> str:
    """What a customer is called, an archived one with the reason: ``Arquivado (churn: …)``."""
    label = label_of(one.axis, one.value, texts)
    return f"{label} ({words.ARCHIVED[one.churn]})" if one.churn else label


def label_of(axis: str, value: str, texts: Texts) -> str:
    """The words of a value; what is no value of the axis as received, masked."""
    known = value in AXES[axis].values or own_label(axis, value)
    return standing_label(axis, value) if known else texts.word(value)


def origin(one: Standing) -> str:
    """Who says so."""
    if one.origin == RECEIVED:
        return "recebida do sistema de origem"
    return "pelas regras da loja"


def coming(one: Standing, texts: Texts) -> str | None:
    """What time alone will bring, where the rules decide; a master's word stays as it is."""
    step = one.coming
    return _coming(one.axis, step, texts) if step and one.origin != RECEIVED else None


def _coming(axis: str, step: Step, texts: Texts) -> str:
    said = words.COMING.get((axis, step.value), words.COMING_OTHER)
    told = said.format(day=day(local_day(step.at)), value=label_of(axis, step.value, texts))
    return f"{told} {_last_payment(step)}" if step.rule == "days_without_payment" else told


def _last_payment(step: Step) -> str:
    return f"O último foi em {day(last_payment(step))} e vale por {step.detail} dias."


def _difference(one: Standing, texts: Texts) -> str | None:
    return f"Pelas regras da loja seria {label_of(one.axis, one.derived, texts)}."
