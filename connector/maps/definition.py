"""The [map] of a source file: where each field of a customer lies in the master's record."""

import msgspec


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field with a closed vocabulary: where it lies and what the master's words mean."""

    path: str
    words: dict[str, str] = {}


class Parts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An object, or a list of them: where it lies and where each part lies in it."""

    at: str
    parts: dict[str, str]


class Map(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where each field of a Customer lies in the master's record. An absent field stays empty."""

    kind: Words
    registration: Words
    name: str
    trade_name: str | None = None
    documents: list[str] = []
    state_registration: list[str] = []
    emails: list[str] = []
    phones: Parts | None = None
    category: str | None = None
    loyalty: Parts | None = None
    birth_date: str | None = None
    gender: str | None = None
    customer_since: str | None = None
    last_purchase_at: str | None = None
    notes: str | None = None
    extras: str | None = None
    addresses: Parts | None = None
    contacts: Parts | None = None
    dependents: Parts | None = None
    groups: str | None = None
    tags: str | None = None
    seller: str | None = None
    profile: str | None = None
    master_url: str | None = None
