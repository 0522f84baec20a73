"""Where a customer lives: one in six pairs of neighbours in the register is a family."""

from typing import Any

import msgspec

from connector.sandbox.dice import Dice, scatter
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


def home(seed: int, index: int) -> Home:
    """The home of customer ``index``, the very same for its family."""
    pair = index >> 1
    family = scatter(seed, pair) % _FAMILIES == 0
    dice = Dice("home", seed, pair << 1 if family else index)
    city = dice.pick(CITIES)
    return Home(
        city=city,
        surname=dice.pick(SURNAMES),
        address=address(dice, city, "Residencial", main=True),
        landline=landline(dice, city.ddd) if dice.chance(30) else None,
    )


def address(dice: Dice, city: City, label: str, *, main: bool) -> dict[str, Any]:
    """An address in a city, its postal code written with the hyphen or without."""
    prefix = city.first + dice.below(city.last - city.first + 1)
    suffix = dice.below(1000)
    hyphen = "" if suffix % 3 == 0 else "-"
    return {
        "label": label,
        "street": dice.pick(STREETS),
        "number": "s/n" if dice.below(40) == 0 else str(1 + dice.below(3000)),
        "complement": dice.pick(COMPLEMENTS) if dice.chance(35) else None,
        "district": dice.pick(city.districts),
        "city": city.name,
        "state": city.state,
        "postal_code": f"{prefix:05d}{hyphen}{suffix:03d}",
        "country": "BR",
        "main": main,
    }


def addresses(dice: Dice, place: Home, moved: Dice | None) -> list[dict[str, Any]]:
    """None to three addresses, the main one first; ``moved`` draws the new main one of a mover."""
    lot = dice.below(100)
    if lot < 15 and moved is None:
        return []
    main = place.address if moved is None else address(moved, place.city, "Residencial", main=True)
    others = (lot >= 85) + (lot >= 96)
    return [main] + [
        address(dice, place.city, dice.pick(_LABELS), main=False) for _ in range(others)
    ]
