"""The [standing] of a source file: by which rules its customers have standings, and their names."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from connector.validation import Mistake, Place, meant
from mirror.standing.axes import AXES
from mirror.standing.facts import Rules


class Standing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a shop wants to know of the relationship with its customers."""

    rules: list[Literal["ploomes", "sell", "conta_base", "azata"]] = []
    """The rule sets in force; without any, only what the master itself says is shown."""
    days: Annotated[int, Meta(ge=1)] = 60
    """Conta Base: so many days after the last payment a customer is still active."""
    loss_reasons: list[str] = []
    """Ploomes: a deal lost for one of these makes its customer inactive."""
    labels: dict[str, dict[str, str]] = {}
    """The shop's own words, by axis and value."""
    filters: list[str] = []
    """Labels of *Outros Dados* that lists can be filtered by."""


def rules_of(standing: Standing) -> Rules:
    """The same as the rules themselves have it."""
    return Rules(
        names=tuple(dict.fromkeys(standing.rules)),
        days=standing.days,
        loss_reasons=tuple(standing.loss_reasons),
        extras=tuple(standing.filters),
    )


def mistakes_of_standing(standing: Standing) -> Iterator[Mistake]:
    """Everything that the types of a standing cannot say."""
    for name, words in standing.labels.items():
        place: Place = ("standing", "labels", name)
        axis = AXES.get(name)
        if axis is None:
            yield no_axis(name, place)
            continue
        for value in words:
            if value not in axis.values:
                guess = meant(value, axis.values) or f" There are {', '.join(axis.values)}."
                yield Mistake((*place, value), f"is no value of {name}.{guess}")


def no_axis(name: str, place: Place) -> Mistake:
    """That there is no axis of that name."""
    guess = meant(name, AXES) or f" There are {', '.join(AXES)}."
    return Mistake(place, f"is no axis of standings.{guess}")
