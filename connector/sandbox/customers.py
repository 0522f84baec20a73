"""A customer as the master sends it: a pure function of the seed, the index and its story."""

from connector.sandbox import companies, fixed, people
from connector.sandbox.broken import Record, spoil
from connector.sandbox.dice import Roll, roller, scatter
from connector.sandbox.habits import STATUSES, habits
from connector.sandbox.homes import Home, addresses, home
from connector.sandbox.story import FIRST_ID, Sighting
from connector.sandbox.timeline import DAY_US, SECOND_US, spell, spell_short

_COMPANIES_PERCENT = 12


def customer(seed: int, seen: Sighting) -> Record:
    """The record of a customer as it stands, about one kilobyte of JSON."""
    record = {
        "id": FIRST_ID + seen.index,
        "v": seen.story.version,
        "updated_at": spell(seen.updated_at, scatter(seed, seen.index ^ seen.story.version)),
        "url": f"https://omni.example/clientes/{FIRST_ID + seen.index}",
    }
    record |= _about(seed, seen)
    spoil(record, seen.index, seen.story.version)
    return record


def _about(seed: int, seen: Sighting) -> Record:
    if seen.index == 0:
        return fixed.deuzenir(seen.story)
    if seen.index == 1:
        return fixed.ipe()
    if scatter(seed, -seen.index) % 100 < _COMPANIES_PERCENT:
        return _company(seed, seen)
    return _person(seed, seen)


def _person(seed: int, seen: Sighting) -> Record:
    index, story = seen.index, seen.story
    place = home(seed, index, "Residencial")
    somebody, fields = people.identity(seed, seen, place)
    reached = roller(b"email", seed, index, story.email)
    return {
        "person_type": "PF",
        **fields,
        "emails": people.emails(reached, somebody.given, somebody.last, 85),
        "phones": people.phones(roller(b"phone", seed, index, story.phone), place),
        **_dealings(seed, seen, place, company=False),
    }


def _company(seed: int, seen: Sighting) -> Record:
    index, story = seen.index, seen.story
    place = home(seed, index, "Comercial")
    owner, fields = companies.identity(seed, seen, place)
    reached = roller(b"email", seed, index, story.email)
    return {
        "person_type": "PJ",
        **fields,
        "emails": people.emails(reached, owner.given, owner.last, 90),
        "phones": companies.phones(roller(b"phone", seed, index, story.phone), place),
        **_dealings(seed, seen, place, company=True),
    }


def _dealings(seed: int, seen: Sighting, place: Home, *, company: bool) -> Record:
    """What people and companies have alike: status, dates, addresses and shopping habits."""
    index, story = seen.index, seen.story
    roll = roller(b"dealings", seed, index)
    created_at = story.created_at or seen.listed_at - _age(roll)
    bought_before = _last_purchase(roll, created_at, seen.listed_at)
    bought_at = story.bought_at or bought_before
    moved = roller(b"address", seed, index, story.address) if story.address else None
    return {
        "status": STATUSES[scatter(seed + story.status, index) % len(STATUSES)],
        "created_at": spell_short(created_at),
        "last_purchase_at": spell_short(bought_at) if bought_at else None,
        "addresses": addresses(roll, place, moved),
        **habits(roll, place.city.ddd, story.purchases, company=company),
    }


def _age(roll: Roll) -> int:
    """How long before its last change a customer was registered: one in eight was never changed."""
    return 0 if roll() % 8 == 0 else roll() % 1500 * DAY_US + roll() * SECOND_US


def _last_purchase(roll: Roll, created_at: int, listed_at: int) -> int:
    """One in four never bought; 0 for those."""
    lot = roll()
    return created_at + ((listed_at - created_at) * lot >> 16) if lot % 4 else 0
