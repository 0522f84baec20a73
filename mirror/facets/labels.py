"""Which facets a customer has by what the master says of it."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from mirror.masking import mask_text
from mirror.records import Customer

Facet = tuple[str, str]
"""Name and value: ``("category", "VIP")``."""

FIELDS = ("name", "document", "email", "phone", "address", "birth_date", "gender", "category")
"""What a registration may be required to have; without it a customer has ``("missing", FIELD)``."""

_OF_PEOPLE = ("birth_date", "gender")
_LONGEST = 120


def facets_of(source: str, record: Customer, extras: Iterable[str] = ()) -> tuple[Facet, ...]:
    """The facets of a customer of ``source``; ``extras`` are the custom fields that are some.

    A value that is somebody's number is none: it would end up in addresses of pages.
    """
    found = [
        ("source", source),
        ("kind", record.kind),
        ("registration", record.registration),
        *_missing(record),
    ]
    if record.customer_since:
        found.append(("since", record.customer_since.isoformat()[:7]))
    found += (one for one in _labels(record, extras) if tells_nobody(one[1]))
    return tuple(dict.fromkeys(found))


@lru_cache(20_000)
def tells_nobody(value: str) -> bool:
    """Whether a label may stand in the address of a page: it holds no number of a person's."""
    return 0 < len(value) <= _LONGEST and mask_text(value, strict=True) == value


def _labels(record: Customer, extras: Iterable[str]) -> Iterator[Facet]:
    for name in ("category", "seller", "profile"):
        if value := getattr(record, name):
            yield name, value
    yield from (("group", value) for value in record.groups)
    yield from (("tag", value) for value in record.tags)
    for label in extras:
        if value := record.extras.get(label):
            yield f"extra.{label}", value


def _missing(record: Customer) -> Iterator[Facet]:
    there = (
        record.name, record.documents, record.emails, record.phones, record.addresses,
        record.birth_date, record.gender, record.category,
    )  # fmt: skip
    for name, value in zip(FIELDS, there, strict=True):
        if not value and not (record.kind == "PJ" and name in _OF_PEOPLE):
            yield "missing", name
