"""How standings are called on the screen: the shop's own labels first, then the words of the rules.

A word of the master's that is no value of its axis is shown as received, masked where it is
somebody's number.
"""

from mirror.masking import mask_text
from mirror.standing.axes import AXES
from web import words
from web.current import shop


def axis_label(axis: str) -> str:
    """``Atividade · Conta Base``: an axis and whose rules it follows."""
    return f"{words.AXES[axis]} · {rules_label(axis)}"


def rules_label(axis: str) -> str:
    """``Conta Base``: by whose rules an axis goes."""
    return words.RULES[AXES[axis].rules]


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
