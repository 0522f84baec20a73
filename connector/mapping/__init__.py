"""The map as data: where each field of a record lies, and what the words of some may mean."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from connector.mapping.expressions import Expression, One
from mirror.records import (
    CUSTOMERS,
    DEAL_STATES,
    KINDS,
    ORDER_KINDS,
    ORDER_STATES,
    PAYMENT_STATES,
    REGISTRATIONS,
    Deal,
    Order,
    Payment,
    Visit,
)
from mirror.text import fold


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Words(_Strict, frozen=True):
    """A field with a closed vocabulary: where it lies and what the master's words mean."""

    path: Expression
    words: dict[str, str] = {}


class StandingWords(Words, frozen=True):
    """What the master says of somebody along one axis of standings."""

    native: Expression | None = None
    """The master's own status where `path` is a field that the shop made to take its place: who is
    discarded or archived by it stays so, whatever the field says."""
    since: Expression | None = None
    """The day since which the master says so."""


class Parts(_Strict, frozen=True):
    """An object, or a list of them: where it lies (``$``: in the record itself), then each part."""

    at: Expression
    parts: dict[str, Expression]


class Pairs(_Strict, frozen=True):
    """A list of labelled values of the shop's own."""

    at: Expression
    label: One
    value: Expression


class Map(_Strict, frozen=True):
    """Where each field of a Customer lies in the master's record. An absent field stays empty.

    A list means the first that is not empty; documents, e-mails and phones are all kept.
    """

    kind: Words
    registration: Words
    name: Expression
    trade_name: Expression | None = None
    """A company's trade name, a person's social name."""
    documents: list[One] = []
    state_registration: list[One] = []
    emails: list[One] = []
    phones: Parts | list[One] | None = None
    category: Expression | None = None
    loyalty: Parts | None = None
    birth_date: Expression | None = None
    gender: Expression | None = None
    customer_since: Expression | None = None
    last_purchase_at: Expression | None = None
    notes: Expression | None = None
    extras: str | dict[str, One] | None = None
    """An object whose keys are labels, or each label with where its value lies."""
    extra_pairs: Pairs | None = None
    addresses: Parts | None = None
    contacts: Parts | None = None
    dependents: Parts | None = None
    groups: Expression | None = None
    tags: Expression | None = None
    seller: Expression | None = None
    profile: Expression | None = None
    payment_method: Expression | None = None
    payment_terms: Expression | None = None
    master_url: Expression | None = None
    standings: dict[str, StandingWords] = {}
    """By axis of standings, what the master itself says; a word that means "" says nothing."""
    company: Expression | None = None
    """Of a person: the id of the company where they work."""


def places_of(map_: Map, field: str) -> list[Expression | None]:
    """Every expression by which a field of a customer is read."""
    if field in ("standings", "standing_days"):
        said = map_.standings.values()
        return [spec for one in said for spec in (one.path, one.native, one.since)]
    if field == "extras":
        own, pairs = map_.extras, map_.extra_pairs
        return [*(own.values() if isinstance(own, dict) else [own]), pairs.at if pairs else None]
    spec = getattr(map_, field)
    return [spec.at if isinstance(spec, Parts) else spec]


# The maps of activity streams: where the fields of orders, payments, deals and visits lie.


class OrderMap(_Strict, frozen=True):
    """Where each field of an order lies. An absent field stays empty."""

    customer: Expression
    """The master's id of whoever ordered."""
    placed_at: Expression
    state: Words
    kind: Words | None = None
    """Order, quote, return or receipt; all are orders without it."""
    number: Expression | None = None
    amount: Expression | None = None
    currency: Expression | None = None
    items: Parts | None = None
    seller: Expression | None = None


class PaymentMap(_Strict, frozen=True):
    """Where each field of a payment lies."""

    customer: Expression
    """The master's id of whoever pays."""
    state: Words
    order: Expression | None = None
    """The order's id."""
    description: Expression | None = None
    issued_on: Expression | None = None
    due_on: Expression | None = None
    paid_at: Expression | None = None
    amount: Expression | None = None
    paid_amount: Expression | None = None
    currency: Expression | None = None
    link: Expression | None = None
    """Where the boleto can be had again; https only."""
    code: Expression | None = None
    barcode: Expression | None = None
    pix: Expression | None = None


class DealMap(_Strict, frozen=True):
    """Where each field of a deal lies."""

    customer: Expression
    """The master's id of the primary contact."""
    state: Words
    title: Expression | None = None
    opened_at: Expression | None = None
    closed_at: Expression | None = None
    """When it was won or lost; not read of one that is open."""
    amount: Expression | None = None
    currency: Expression | None = None
    loss_reason: Expression | None = None
    stage: Expression | None = None
    pipeline: Expression | None = None


class VisitMap(_Strict, frozen=True):
    """Where each field of a visit lies."""

    customer: Expression
    """The master's id of the visitor."""
    page: Expression
    visited_at: Expression
    order: Expression | None = None
    """The id of the order it led to."""


ActivityMap = OrderMap | PaymentMap | DealMap | VisitMap

RECORDS: dict[type[ActivityMap], type[Order] | type[Payment] | type[Deal] | type[Visit]] = {
    OrderMap: Order,
    PaymentMap: Payment,
    DealMap: Deal,
    VisitMap: Visit,
}
"""What a record becomes by each of them."""

VOCABULARY: dict[tuple[type, str], tuple[str, ...]] = {
    (OrderMap, "state"): ORDER_STATES,
    (OrderMap, "kind"): ORDER_KINDS,
    (PaymentMap, "state"): PAYMENT_STATES,
    (DealMap, "state"): DEAL_STATES,
}
"""What the words of each field with a closed vocabulary may mean, of what customers do."""
MEANINGS: dict[tuple[type, str], tuple[str, ...]] = {
    (Map, "kind"): KINDS,
    (Map, "registration"): REGISTRATIONS,
    **VOCABULARY,
}
"""The same of everything."""


def _called(**words: str) -> dict[str, str]:
    """Word → what it means, from what each meaning is called."""
    return {word.strip(): ours for ours, names in words.items() for word in names.split(",")}


PORTUGUESE: dict[tuple[type, str], dict[str, str]] = {
    (Map, "kind"): _called(PF="pessoa física, física", PJ="pessoa jurídica, jurídica"),
    (Map, "registration"): _called(
        active="ativo, ativa",
        inactive="inativo, inativa",
        blocked="bloqueado, bloqueada",
        deleted="excluído, excluída",
    ),
    (OrderMap, "state"): _called(
        open="aberto, em aberto", done="concluído, faturado, entregue", cancelled="cancelado"
    ),
    (OrderMap, "kind"): {"devolução": "return"}
    | _called(order="pedido", quote="orçamento", receipt="recibo, recibo de pagamento"),
    (PaymentMap, "state"): _called(
        scheduled="agendado, agendada",
        issued="emitido, emitida",
        overdue="em atraso, atrasado, atrasada, vencido, vencida",
        paid="pago, paga",
        cancelled="cancelado, cancelada",
        deleted="excluído, excluída",
    ),
    (DealMap, "state"): _called(
        open="aberto, em aberto",
        won="ganho, ganha",
        lost="perdido, perdida",
        unqualified="desqualificado, desqualificada",
    ),
}
"""What the articles call the meanings: every map knows it, unless it says otherwise itself."""

PORTUGUESE_STANDINGS: dict[str, dict[str, str]] = {
    "ploomes": _called(
        prospect="prospecção",
        active="ativo, ativa",
        inactive="inativo, inativa",
        discarded="descartado, descartada",
    ),
    "sell_prospect": _called(
        none="não é cliente potencial",
        current="cliente potencial atual",
        lost="cliente potencial perdido",
    ),
    "sell_customer": _called(none="não é cliente", current="cliente atual", past="cliente passado"),
    "conta_base": _called(
        active="ativo, ativa",
        inactive="inativo, inativa",
        archived="arquivado, arquivada, churn, lost",
    ),
    "azata": _called(
        active="ativo, ativa", contact="contato", inactive="inativo, inativa, desativado"
    ),
}
"""The same of what is said of the relationship, by axis."""

Meant = Callable[[str], str | None]
"""Our word for a master's, None where nobody knows it."""


def vocabulary(
    known: Iterable[str], portuguese: Mapping[str, str], own: Mapping[str, str]
) -> tuple[dict[str, str], Meant]:
    """What a word means: as the map writes it, else as it reads without case, accents, blanks.

    What the first finds comes beside it, so that the usual word is looked up and no more.

    The map's own words go before what every map knows. Two of them that read alike and mean two
    things are told apart by how they are written.
    """
    exact = {word: word for word in known} | dict(own)
    alike = {fold(word): ours for word, ours in ({**portuguese, **exact}).items()}
    for word, ours in own.items():
        if any(fold(one) == fold(word) and other != ours for one, other in own.items()):
            alike.pop(fold(word), None)

    def read(word: str) -> str | None:
        found = exact.get(word)
        return alike.get(fold(word)) if found is None else found

    return exact, read


# What a word that a map does not know may mean.

_BEGINNINGS: dict[tuple[str, str], dict[str, str]] = {
    (CUSTOMERS, "kind"): {
        "PF": "fis pessoa-fis individu person",
        "PJ": "jur pessoa-jur empres compan organi",
    },
    (CUSTOMERS, "registration"): {
        "active": "ativ activ enabled",
        "inactive": "inativ inactiv desativ disabled",
        "blocked": "bloq block suspen",
        "deleted": "exclu delet remov apagad",
    },
    ("orders", "state"): {
        "open": "abert em pend aguard separ process prepar open new novo wait",
        "done": "fatur entreg conclu finaliz complet deliver done",
        "cancelled": "cancel",
    },
    ("orders", "kind"): {
        "order": "pedid venda order",
        "quote": "orca propos quot",
        "return": "devol troca return",
        "receipt": "recib receipt",
    },
    ("payments", "state"): {
        "scheduled": "agend previst sched",
        "issued": "emit registr issued",
        "overdue": "atras venc overdue",
        "paid": "pag paid receb liquid quit baix",
        "cancelled": "cancel",
        "deleted": "exclu delet",
    },
    ("deals", "state"): {
        "open": "abert em open andament",
        "won": "ganh won vend",
        "lost": "perd lost",
        "unqualified": "desqualif unqualif",
    },
}
"""Beginnings of words, without accents, by stream and field: what a word may well mean."""


def likely(stream: str, field: str, word: str) -> str:
    """What a word makes one think of, for a person to judge; empty where it is nothing."""
    read = fold(word).replace(" ", "-")
    meanings = _BEGINNINGS.get((stream, field), {})
    fitting = [
        (len(begins), ours)
        for ours, beginnings in meanings.items()
        for begins in beginnings.split()
        if read.startswith(begins)
    ]
    return max(fitting)[1] if fitting else ""
