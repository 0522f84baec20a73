"""Azata: a lead registered and never bought; whoever has bought is active.

The article's four counts, and where each comes from:

- ``lead`` (*Leads*): registered on the platform, never bought. Everybody begins here.
- ``active`` (*Clientes Ativos*): made a purchase. The first is enough and none wears off: the
  article knows no time limit.
- ``contact`` (*Contatos*): saved by an operator. ``inactive`` (*Inativos*): deactivated by an
  operator. Both are an operator's decision: they come from the master, never from here.

What counts as a purchase is said by `mirror.standing.Facts.purchases`: a quote is none.
"""

from collections.abc import Iterator

from mirror.standing import Facts, Rules, Step, beginning, order_of


def timeline(facts: Facts, rules: Rules) -> dict[str, tuple[Step, ...]]:
    """The steps of the axis ``azata``; rules ``registered`` and ``purchase``.

    Of purchases at the same instant the one with the lowest id counts as the first.
    """
    return {"azata": tuple(_steps(facts))}


def _steps(facts: Facts) -> Iterator[Step]:
    yield Step(beginning(facts), "lead", "registered")
    if facts.purchases:
        first = min(facts.purchases)
        yield Step(first.at, "active", "purchase", order_of(first))
