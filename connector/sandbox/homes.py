"""Where a customer lives: one in six pairs of neighbours in the register is a family."""

from typing import Any

import msgspec

from connector.sandbox.dice import Roll, roller, scatter
from connector.sandbox.names import SURNAMES
from connector.sandbox.phones import landline
from connector.sandbox.places import CITIES, COMPLEMENTS, STREETS, City

_FAMILIES = 6
_LABELS = ("Trabalho", "Casa da mãe", "Entrega", "Praia", "Sítio", "Cobrança")


class Home(msgspec.Struct, frozen=True):
    """What a family shares."""

    city: City
    surname: str
    address: dict[str, Any]
    landline: str | None


def home(seed: int, index: int, label: str) -> Home:
    """The home of customer ``index``, the very same for its family; ``label`` names its address."""
    pair = index >> 1
    family = scatter(seed, pair) % _FAMILIES == 0
    roll = roller(b"home", seed, pair << 1 if family else index)
    city = CITIES[roll() % len(CITIES)]
    return Home(
        city=city,
        surname=SURNAMES[roll() % len(SURNAMES)],
        address=address(roll, city, label, main=True),
        landline=landline(roll, city.ddd) if roll() % 10 < 3 else None,
    )


def address(roll: Roll, city: City, label: str, *, main: bool) -> dict[str, Any]:
    """An address in a city, its postal code written with the hyphen or without."""
    prefix = city.first + roll() % (city.last - city.first + 1)
    suffix, number, complement = roll() % 1000, roll() % 3000, roll() % 40
    hyphen = "" if suffix % 3 == 0 else "-"
    return {
        "label": label,
        "street": STREETS[roll() % len(STREETS)],
        "number": str(number) if number > 60 else "s/n",
        "complement": COMPLEMENTS[complement] if complement < len(COMPLEMENTS) else None,
        "district": city.districts[roll() % len(city.districts)],
        "city": city.name,
        "state": city.state,
        "postal_code": f"{prefix:05d}{hyphen}{suffix:03d}",
        "country": "BR",
        "main": main,
    }


def addresses(roll: Roll, place: Home, moved: Roll | None) -> list[dict[str, Any]]:
    """None to three addresses, the main one first; ``moved`` draws the new main one of a mover."""
    lot = roll() % 100
    if lot < 15 and moved is None:
        return []
    label = place.address["label"]
    main = place.address if moved is None else address(moved, place.city, label, main=True)
    if lot < 85:
        return [main]
    return [main] + [
        address(roll, place.city, _LABELS[roll() % len(_LABELS)], main=False)
        for _ in range(1 + (lot >= 96))
    ]
