"""The [map] of a source file: where each field of a customer lies in the master's record."""

import msgspec

from connector.maps.expressions import Expression, One


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Words(_Strict, frozen=True):
    """A field with a closed vocabulary: where it lies and what the master's words mean."""

    path: Expression
    words: dict[str, str] = {}


class Parts(_Strict, frozen=True):
    """An object, or a list of them: where it lies (``$``: in the record itself), then each part."""

    at: str
    parts: dict[str, Expression]


class Pairs(_Strict, frozen=True):
    """A list of labelled values of the shop's own."""

    at: str
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
    master_url: Expression | None = None
    standings: dict[str, Words] = {}
    """By axis of standings, what the master itself says; a word that means "" says nothing."""
    company: Expression | None = None
    """Of a person: the id of the company where they work."""
