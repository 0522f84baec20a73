"""What lists are filtered by: the facets of a customer, and sets of customers as bits."""

from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import repeat

from mirror.records import REGISTRATIONS, Customer

Facet = tuple[str, str]
"""Name and value: ``("category", "VIP")``."""

FIELDS = ("name", "document", "email", "phone", "address", "birth_date", "gender", "category")
"""What a registration may be required to have; without it a customer has ``("missing", FIELD)``."""

NARROW = "narrow"
"""The facet by which a search for a name is narrowed. No list filters by it: its values are keyed
hashes, since where somebody lives and when they were born stands nowhere in clear."""

OF_PEOPLE = ("birth_date", "gender")
"""What a company has none of."""
_LONGEST = 120


def facets_of(source: str, record: Customer, extras: Iterable[str] = ()) -> tuple[Facet, ...]:
    """The facets of a customer of ``source``; ``extras`` are the custom fields that are some.

    A value that is somebody's number is none: it would end up in addresses of pages.
    """
    found = [
        ("source", source),
        ("kind", record.kind),
        ("registration", _situation(record)),
        *_missing(record),
    ]
    if record.customer_since:
        found.append(("since", record.customer_since.isoformat()[:7]))
    found += (one for one in labels(record, extras) if tells_nobody(one[1]))
    return tuple(dict.fromkeys(found))


@lru_cache(20_000)
def tells_nobody(value: str) -> bool:
    """Whether a label may stand in the address of a page: it holds no number of a person's."""
    # Whoever only moves or counts sets masks nothing: half of a short command's own imports.
    from mirror.masking import mask_text

    return 0 < len(value) <= _LONGEST and mask_text(value, strict=True) == value


def _situation(record: Customer) -> str:
    """The registration; in place of ``unknown`` the master's own word, where it is no code here."""
    received = record.registration_received
    if record.registration != "unknown" or not received or received in REGISTRATIONS:
        return record.registration
    return received if tells_nobody(received) else record.registration


def labels(record: Customer, extras: Iterable[str]) -> Iterator[Facet]:
    """What a master calls somebody by: category, seller, profile, groups, tags and these extras."""
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
        if not value and not (record.kind == "PJ" and name in OF_PEOPLE):
            yield "missing", name


def packed_ids(ids: Iterable[int]) -> bytes:
    """The facets of a customer as the row keeps them: their ids."""
    return array("I", sorted(ids)).tobytes()


def unpacked_ids(stored: bytes) -> set[int]:
    """The ids of facets that a row keeps."""
    return set(array("I", stored))


# Sets of customers as bits: intersects, subtracts, counts and pages them.
#
# A set says by chunk of `CHUNK` row ids which of them are in.

CHUNK = 1 << 14
"""A set is cut into chunks of so many row ids; a chunk without customers is not kept."""

Set = dict[int, int]
"""Bits by chunk; a chunk without any is left out."""


def size(chosen: Set) -> int:
    """How many customers a set has."""
    return sum(bits.bit_count() for bits in chosen.values())


def page(chosen: Set, before: int | None, after: int | None, limit: int) -> list[int]:
    """Up to ``limit`` ids, newest first from below ``before``; or the nearest above ``after``."""
    if after is not None:
        return sorted(_first(_upwards(chosen, after + 1), limit), reverse=True)
    return _first(_downwards(chosen, before), limit)


def _first(ids: Iterator[int], limit: int) -> list[int]:
    return [one for one, _ in zip(ids, range(limit), strict=False)]


def _downwards(chosen: Set, before: int | None) -> Iterator[int]:
    for chunk in sorted(chosen, reverse=True):
        bits, base = chosen[chunk], chunk * CHUNK
        if before is not None:
            bits &= (1 << max(0, min(before - base, CHUNK))) - 1
        while bits:
            bit = bits.bit_length() - 1
            yield base + bit
            bits ^= 1 << bit


def _upwards(chosen: Set, start: int) -> Iterator[int]:
    for chunk in sorted(chosen):
        bits, base = chosen[chunk], chunk * CHUNK
        passed = max(0, min(start - base, CHUNK))
        bits = bits >> passed << passed
        while bits:
            lowest = bits & -bits
            yield base + lowest.bit_length() - 1
            bits ^= lowest


def both(one: Set, other: Set) -> Set:
    """Who is in both."""
    return {chunk: common for chunk, bits in one.items() if (common := bits & other.get(chunk, 0))}


def minus(one: Set, other: Set) -> Set:
    """Who is in one and not in the other."""
    return {chunk: left for chunk, bits in one.items() if (left := bits & ~other.get(chunk, 0))}


def either(one: Set, other: Set) -> Set:
    """Who is in one or in the other."""
    return one | {chunk: bits | one.get(chunk, 0) for chunk, bits in other.items()}


def set_of(ids: Iterable[int]) -> Set:
    """The set of these row ids."""
    found: Set = {}
    many = list(ids)
    if len(many) >= _MANY and (last := max(many)) < _MOST_MARKED:
        return _marked(many, last)
    for one in many:
        chunk, bit = divmod(one, CHUNK)
        found[chunk] = found.get(chunk, 0) | 1 << bit
    return found


_MANY, _MOST_MARKED = 4_000, 50_000_000


def _marked(ids: list[int], last: int) -> Set:
    """A byte for everybody, marked without a step of Python's for each, and eight made one."""
    marks = bytearray((last // CHUNK + 1) * CHUNK)
    deque(map(marks.__setitem__, ids, repeat(1)), maxlen=0)
    bits = 0
    for place in range(8):
        bits |= int.from_bytes(marks[place::8], "little") << place
    whole, length = bits.to_bytes(len(marks) // 8, "little"), CHUNK // 8
    chunks = (whole[start : start + length] for start in range(0, len(whole), length))
    return {
        place: held for place, one in enumerate(chunks) if (held := int.from_bytes(one, "little"))
    }
