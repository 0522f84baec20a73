"""Where the master and the rules disagree about somebody: told, never repaired."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for

from mirror.facets import Facet, tells_nobody
from mirror.instants import instant_of
from mirror.ledger.guard import name_of
from mirror.reading.listing import Filters, Look, counts, look
from mirror.reading.standings import held
from mirror.standing.rules import AXES
from mirror.standing.verdict import DIFFERS, FORBIDDEN, PERMITTED, Held
from mirror.store.progress import now_us
from mirror.store.sealing import Found
from web.look import addresses
from web.look.addresses import asked_facet, parameter, slug
from web.look.masked import Head, Masks, head, masks
from web.look.standings import axis_label, standing_label
from web.shop import listed, permit, shop

bp = Blueprint("differences", __name__)
PER_PAGE = 40
_MOST_WORDS = 12
_CASES = {"proibido": FORBIDDEN, "permitido": PERMITTED}
"""Of what differs, as an address has it: what nobody can set by hand, and what anybody can."""
_CASE_LABELS = {"forbidden": "Ninguém marca à mão", "permitted": "Pode ter sido marcado à mão"}
"""What a difference may be, by `mirror.standing.verdict`."""
_SELL_FORBIDS = {
    "current": "Com uma oportunidade aberta, o sistema de origem não deixa marcar isto.",
    "none": "Com uma oportunidade já conquistada, o sistema de origem não deixa marcar isto.",
}
"""By what the rules say: why Sell forbids what it says itself."""
_BY_HAND = {
    "ploomes": "No sistema de origem o status pode ser trocado à mão.",
    "sell": "O sistema de origem deixa marcar isto à mão.",
    "conta_base": "Vem dos pagamentos: ninguém marca isto à mão.",
    "azata": "Vem das compras: ninguém marca isto à mão.",
}
"""By rules: whether a person may have set what differs."""


@dataclass(frozen=True)
class Difference:
    """One customer, and the two words."""

    head: Head
    received: str
    derived: str
    since: datetime | None
    """Since when the rules say so; None where nobody knows."""
    forbidden: bool
    """Whether nobody can set by hand what was received."""
    why: str
    """What the master's own system says of it."""


@dataclass(frozen=True)
class Tab:
    """One axis, or one word of the master's, and how many differ there."""

    label: str
    customers: int
    url: str
    here: bool


@dataclass(frozen=True)
class Asked:
    """What the address names: an axis, and perhaps one word of the master's."""

    axis: str
    received: str | None = None
    case: str = DIFFERS
    """`FORBIDDEN` or `PERMITTED` alone, or all."""

    @property
    def filters(self) -> Filters:
        """Of both kinds, and those whom lists set aside too: a person may have done that."""
        facets: tuple[Facet, ...] = ((self.case, self.axis),)
        if self.received:
            facets += ((self.axis, self.received),)
        return Filters(None, facets, everybody=True)


@bp.get("/divergencias")
def listing() -> str:
    """Whom the master calls one thing and the rules another, axis by axis."""
    permit("differences")
    everybody = Filters(None, everybody=True)
    there = dict(look(shop().mirror, everybody, limit=0, count=(DIFFERS,)).counts[DIFFERS])
    axes = [axis for axis in AXES if axis in there]
    if not axes:
        none = not shop().wording.rules
        return render_template("customers/differences.html", rows=[], no_rules=none)
    asked = _asked(axes)
    found = _look(asked)
    listed("differences", [name_of(one) for one in found.page.rows])
    return render_template(
        "customers/differences.html",
        axes=[_tab(axis, there[axis], asked.axis) for axis in axes],
        cases=list(_cases(asked)),
        received=list(_received(asked, found)),
        rows=_rows(asked.axis, found),
        total=found.total,
        axis=axis_label(asked.axis),
        newer=found.page.newer and _address(asked, depois=found.page.newer),
        older=found.page.older and _address(asked, antes=found.page.older),
    )


def _asked(axes: list[str]) -> Asked:
    axis = addresses.AXES.get(request.args.get("regras", ""), "")
    axis = axis if axis in axes else axes[0]
    one = asked_facet(slug(addresses.AXES, axis), request.args.get("recebido", ""))
    case = _CASES.get(request.args.get("a-mao", ""), DIFFERS)
    return Asked(axis, one[1] if one else None, case)


def _look(asked: Asked) -> Look:
    before = request.args.get("antes", type=int)
    after = request.args.get("depois", type=int)
    return look(
        shop().mirror,
        asked.filters,
        before=before,
        after=after,
        limit=PER_PAGE,
        count=(asked.axis,),
    )


def _tab(axis: str, customers: int, here: str) -> Tab:
    return Tab(axis_label(axis), customers, _address(Asked(axis)), axis == here)


def _cases(asked: Asked) -> Iterator[Tab]:
    """What the master forbids and what it allows, each with how many, where there are both."""
    several = {
        case: counts(shop().mirror, replace(asked, case=case).filters) for case in _CASES.values()
    }
    if asked.case == DIFFERS and not all(several.values()):
        return
    for case, label in _CASE_LABELS.items():
        here = case == asked.case
        wanted = replace(asked, case=DIFFERS if here else case)
        yield Tab(label, several[case], _address(wanted), here)


def _received(asked: Asked, found: Look) -> Iterator[Tab]:
    """Every word of the master's that somebody differs with, the most frequent first."""
    said = sorted(found.counts[asked.axis], key=lambda one: -one[1])[:_MOST_WORDS]
    for value, customers in said:
        here = value == asked.received
        wanted = replace(asked, received=None if here else value)
        if customers and tells_nobody(value):
            yield Tab(standing_label(asked.axis, value), customers, _address(wanted), here)


def _address(asked: Asked, **cursor: int) -> str:
    param, value = parameter((asked.axis, asked.received or ""))
    case = slug(_CASES, asked.case) if asked.case in _CASES.values() else ""
    told = [("regras", param), ("recebido", value), ("a-mao", case), *cursor.items()]
    return f"{url_for('differences.listing')}?{urlencode([one for one in told if one[1]])}"


def _rows(axis: str, found: Look) -> list[Difference]:
    rows, view = found.page.rows, masks()
    now = held(shop().mirror, axis, [one.id for one in rows], now_us())
    return [_row(axis, one, now[one.id], view) for one in rows if one.id in now]


def _row(axis: str, found: Found, one: Held, view: Masks) -> Difference:
    return Difference(
        head(found, view),
        standing_label(axis, one.value),
        standing_label(axis, one.derived),
        instant_of(one.since) if one.since else None,
        one.forbidden,
        _why(one),
    )


def _why(one: Held) -> str:
    rules = AXES[one.axis].rules
    if rules == "sell" and one.forbidden:
        return _SELL_FORBIDS[one.derived]
    return _BY_HAND[rules]
