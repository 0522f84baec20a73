"""A customer as the master sends it: a pure function of the seed, the index and its story."""

from typing import Any

from connector.sandbox import companies, fixed, people
from connector.sandbox.broken import spoil
from connector.sandbox.dice import Dice, scatter
from connector.sandbox.habits import STATUSES, habits
from connector.sandbox.homes import Home, addresses, home
from connector.sandbox.story import FIRST_ID, Sighting
from connector.sandbox.timeline import DAY_US, spell, spell_short

_COMPANIES_PERCENT = 12
_MEMBERS_PERCENT = 70
_MEMBER_COMPANIES_PERCENT = 20


def customer(seed: int, seen: Sighting) -> dict[str, Any]:
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


def _about(seed: int, seen: Sighting) -> dict[str, Any]:
    if seen.index == 0:
        return fixed.deuzenir(seen.story)
    if seen.index == 1:
        return fixed.ipe()
    if scatter(seed, -seen.index) % 100 < _COMPANIES_PERCENT:
        return _company(seed, seen)
    return _person(seed, seen)


def _person(seed: int, seen: Sighting) -> dict[str, Any]:
    index, story = seen.index, seen.story
    place = home(seed, index)
    somebody, fields = people.identity(seed, index, story, place)
    email = Dice("email", seed, index, story.email)
    return {
        "person_type": "PF",
        **fields,
        "emails": people.emails(email, somebody.given, somebody.last),
        "phones": people.phones(Dice("phone", seed, index, story.phone), place),
        **_dealings(seed, seen, place, _MEMBERS_PERCENT),
    }


def _company(seed: int, seen: Sighting) -> dict[str, Any]:
    index, story = seen.index, seen.story
    place = home(seed, index)
    owner, fields = companies.identity(seed, index, story, place)
    email = Dice("email", seed, index, story.email)
    return {
        "person_type": "PJ",
        **fields,
        "emails": companies.emails(email, owner.given, owner.last),
        "phones": companies.phones(Dice("phone", seed, index, story.phone), place),
        **_dealings(seed, seen, place, _MEMBER_COMPANIES_PERCENT),
    }


def _dealings(seed: int, seen: Sighting, place: Home, members_percent: int) -> dict[str, Any]:
    """What people and companies have alike: status, dates, addresses and shopping habits."""
    index, story = seen.index, seen.story
    dice = Dice("dealings", seed, index)
    created_at = story.created_at or seen.listed_at - _age(dice)
    bought_at = story.bought_at or _last_purchase(dice, created_at, seen.listed_at)
    moved = Dice("address", seed, index, story.address) if story.address else None
    return {
        "status": Dice("status", seed, index, story.status).pick(STATUSES),
        "created_at": spell_short(created_at),
        "last_purchase_at": spell_short(bought_at) if bought_at else None,
        "addresses": addresses(dice, place, moved),
        **habits(dice, place.city.ddd, story.purchases, members_percent),
    }


def _age(dice: Dice) -> int:
    """How long before its last change a customer was registered: one in eight was never changed."""
    return 0 if dice.below(8) == 0 else dice.below(1500) * DAY_US + dice.below(DAY_US)


def _last_purchase(dice: Dice, created_at: int, listed_at: int) -> int:
    """One in four never bought; 0 for those."""
    if dice.below(4) == 0:
        return 0
    return created_at + dice.below(listed_at - created_at + 1)
