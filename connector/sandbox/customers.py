"""A customer as the master sends it: a pure function of the seed, the index and its story."""

from connector.sandbox import companies, fixed, keepsakes, people
from connector.sandbox.broken import Record, spoil
from connector.sandbox.dice import roller, scatter
from connector.sandbox.habits import STATUSES, habits
from connector.sandbox.homes import Home, addresses, home
from connector.sandbox.past import drawn
from connector.sandbox.story import FIRST_ID, FIXED, Sighting
from connector.sandbox.timeline import spell, spell_short
from connector.sandbox.work import decided, is_company


def customer(seed: int, seen: Sighting) -> Record:
    """The record of a customer as it stands, about one kilobyte of JSON."""
    record = {
        "id": FIRST_ID + seen.index,
        "v": seen.story.version,
        "updated_at": spell(seen.updated_at, scatter(seed, seen.index ^ seen.story.version)),
        "url": f"https://omni.example/clientes/{FIRST_ID + seen.index}",
    }
    if seen.index < FIXED:
        record |= _fixed(seen)
    else:
        company = is_company(seed, seen.index)
        record |= _company(seed, seen) if company else _person(seed, seen)
        record |= decided(seed, seen.index, company=company)
    spoil(record, seen.index, seen.story.version)
    return record


def _fixed(seen: Sighting) -> Record:
    if seen.index == 0:
        return fixed.deuzenir(seen.story, keepsakes.last_purchase(seen))
    return fixed.ipe()


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
    created_at, bought_before = drawn(roll, seen)
    bought_at = story.bought_at or bought_before
    moved = roller(b"address", seed, index, story.address) if story.address else None
    return {
        "status": STATUSES[scatter(seed + story.status, index) % len(STATUSES)],
        "created_at": spell_short(created_at),
        "last_purchase_at": spell_short(bought_at) if bought_at else None,
        "addresses": addresses(roll, place, moved),
        **habits(roll, place.city.ddd, story.purchases, company=company),
    }
