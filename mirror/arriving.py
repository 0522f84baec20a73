"""What a customer is on its way into the mirror: sealed, blinded, with the facets it will have."""

import msgspec

from mirror.facets.labels import Facet, facets_of
from mirror.identifiers import search_terms
from mirror.instants import micros
from mirror.opening import seal_row
from mirror.planning import Incoming, Known
from mirror.records import Customer
from mirror.sealing import Keyring
from mirror.shelf import Shelf
from mirror.standing.facts import Rules
from mirror.standing.gathering import Person, Told, told_of
from mirror.tables import customer

_NONE = Rules()
_encode = msgspec.msgpack.Encoder().encode
_encode_told = msgspec.json.Encoder().encode


class Arrival(Incoming, frozen=True, gc=False):
    """A customer ready to be written."""

    customer_since: str | None
    bought: int | None
    """The last purchase as the master says, microseconds since 1970; None for one in the future."""
    company: str | None
    told: str | None
    """What the master says of standings and purchases, as the row keeps it."""
    keys: bytes
    """Its lookup keys, end to end."""
    facets: tuple[Facet, ...]
    is_new: bool = False
    """The reader has seen, as the only writer, that the mirror does not have it."""

    @property
    def person(self) -> Person:
        """What the rules of standing look at."""
        return Person(self.external_id, self.customer_since, told_of(self.told))


class Here(Known, frozen=True, array_like=True):
    """A customer that the mirror has."""

    keys: bytes
    facets: bytes
    company: str | None


CUSTOMERS = Shelf(customer, Here)
"""Where customers are."""


def arrival(
    keys: Keyring,
    source: str,
    record: Customer,
    content_hash: bytes,
    raw: bytes,
    rules: Rules = _NONE,
    *,
    is_new: bool = False,
) -> Arrival:
    """Seal a customer of ``source`` and blind its search terms.

    ``rules`` name the custom fields that are facets too.
    """
    since, bought = record.customer_since, _bought(record)
    told = Told(record.standings, bought)
    return Arrival(
        record.external_id,
        record.version,
        content_hash,
        keys.seal(_encode(record), seal_row(source, record.external_id, record.version)),
        raw,
        None if since is None else since.isoformat(),
        bought,
        record.company,
        _encode_told(told).decode() if bought or record.standings else None,
        b"".join(keys.blind_all(search_terms(record))),
        facets_of(source, record, rules.extras),
        is_new,
    )


def _bought(record: Customer) -> int | None:
    instant = record.last_purchase_at
    if instant is None or "last_purchase_future" in record.flags:
        return None
    return micros(instant)
