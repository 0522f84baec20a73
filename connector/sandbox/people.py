"""People as customers: names that repeat, documents that are missing, families that share."""

from datetime import date
from typing import Any

import msgspec

from connector.sandbox.dice import Dice
from connector.sandbox.documents import cpf, mistyped, punctuated_cpf, rg
from connector.sandbox.homes import Home
from connector.sandbox.names import (
    FEMALE,
    GENERATIONS,
    MALE,
    SECOND_FEMALE,
    SECOND_MALE,
    SURNAMES,
)
from connector.sandbox.phones import mobile
from connector.sandbox.story import Story
from connector.sandbox.tables import listed, weighted

CATEGORIES = weighted("""
68: Consumidor
11: Consultor
6: Revendedor
9: VIP
3: Funcionário
3: Atacado
""")
DOMAINS = ("exemplo.com.br", "exemplo.com.br", "example.com", "example.org")
_LABELS = ("Pessoal", "Pessoal", "Trabalho", "NF-e")
_MOBILE_LABELS = ("Celular", "Celular", "WhatsApp", "Recado")
_RELATIONS = listed("Filha, Filho, Filha, Filho, Filha, Filho, Enteada, Enteado, Neta, Sobrinho")
_DEPENDENTS = (0,) * 70 + (1,) * 13 + (2,) * 11 + (3,) * 4 + (4,) * 2
_PLAIN = str.maketrans("áàâãäçéêíïóôõöúüÁÂÃÀÉÊÍÓÔÕÚÇ", "aaaaaceeiioooouuAAAAEEIOOOUC", " '")
_SHOUTED = str.maketrans("ÁÂÃÀÉÊÍÓÔÕÚÜÇ", "AAAAEEIOOOUUC")


class Person(msgspec.Struct, frozen=True):
    """A name as it is spoken, and what goes with it."""

    given: str
    last: str
    name: str
    gender: str


def person(dice: Dice, surname: str) -> Person:
    """Somebody whose last surname is the family's."""
    female = dice.chance(57)
    given = dice.pick(FEMALE if female else MALE)
    names = [given]
    if dice.chance(30):
        names.append(dice.pick(SECOND_FEMALE if female else SECOND_MALE))
    if dice.chance(62):
        names.append(dice.pick(SURNAMES))
    names.append(surname)
    if not female and dice.chance(4):
        names.append(dice.pick(GENERATIONS))
    return Person(given, surname.rpartition(" ")[2], " ".join(names), "F" if female else "M")


def typed(dice: Dice, name: str) -> str:
    """A name as it was typed: one in five in capitals, half of those without accents."""
    lot = dice.below(100)
    if lot < 10:
        return name.upper().translate(_SHOUTED)
    return name.upper() if lot < 20 else name


def email(dice: Dice, given: str, last: str) -> str:
    """An address made of a name, sometimes a number, and a domain nobody reads mail at."""
    first, second = given.translate(_PLAIN), last.translate(_PLAIN)
    lot = dice.below(8)
    local = f"{first}{('.', '', '_', '.')[lot % 4]}{second}"
    if dice.chance(80):
        local += str(dice.below(10_000))
    return f"{local if lot == 7 else local.lower()}@{dice.pick(DOMAINS)}"


def emails(dice: Dice, given: str, last: str) -> list[dict[str, str]]:
    """None in fifteen of a hundred, mostly one, sometimes two."""
    lot = dice.below(100)
    return [
        {"address": email(dice, given, last), "label": dice.pick(_LABELS)}
        for _ in range((lot >= 15) + (lot >= 92))
    ]


def phones(dice: Dice, place: Home) -> list[dict[str, str]]:
    """A mobile of one's own, mostly, and the home's fixed line where there is one."""
    numbers = []
    if dice.chance(90):
        label = dice.pick(_MOBILE_LABELS)
        numbers.append({"number": mobile(dice, place.city.ddd), "label": label})
    if place.landline:
        numbers.append({"number": place.landline, "label": "Residencial"})
    return numbers


def dependents(dice: Dice, surname: str) -> list[dict[str, Any]]:
    """None to four, mostly minors."""
    found = []
    for _ in range(dice.pick(_DEPENDENTS)):
        relation = dice.pick(_RELATIONS)
        given = dice.pick(FEMALE if relation.endswith(("a", "A")) else MALE)
        born = _day(dice, 2009 + dice.below(17)) if dice.chance(90) else None
        found.append({"name": f"{given} {surname}", "relation": relation, "birth_date": born})
    if dice.chance(3):
        born = _day(dice, 1950 + dice.below(50))
        spouse = f"{dice.pick(FEMALE)} {surname}"
        found = [{"name": spouse, "relation": "Cônjuge", "birth_date": born}]
    return found


def identity(seed: int, index: int, story: Story, place: Home) -> tuple[Person, dict[str, Any]]:
    """Who customer ``index`` is, and the fields that say so."""
    dice = Dice("person", seed, index)
    somebody = person(dice, place.surname)
    name = typed(dice, somebody.name)
    if story.name:
        name = f"{somebody.name} {Dice('name', seed, index, story.name).pick(SURNAMES)}"
    return somebody, {
        "name": name,
        "cpf": _cpf(dice, seed, index, story),
        "rg": rg(dice, place.city.state) if dice.chance(35) else None,
        "birth_date": _day(dice, 2009 - dice.below(40) - dice.below(40))
        if dice.chance(80)
        else None,
        "gender": (None, None, None, "O")[lot] if (lot := dice.below(50)) < 4 else somebody.gender,
        "category": dice.pick(CATEGORIES),
        "dependents": dependents(dice, place.surname),
    }


def _cpf(dice: Dice, seed: int, index: int, story: Story) -> str | None:
    """Mostly one's own. One in a thousand is mistyped, two are a neighbour's; a change sets right.

    A correction finds the missing ones too.
    """
    lot, bare = dice.below(1000), dice.chance(40)
    number = cpf(seed, index - 1 if lot in (1, 2) and not story.document else index)
    if not story.document:
        if lot >= 920:
            return None
        number = mistyped(number) if lot == 0 else number
    return number if bare else punctuated_cpf(number)


def _birth_date(dice: Dice) -> str:
    """Mostly about forty years old, from sixteen to ninety-five."""
    return _day(dice, 2009 - dice.below(40) - dice.below(40))


def _day(dice: Dice, year: int) -> str:
    return date(year, 1 + dice.below(12), 1 + dice.below(28)).isoformat()
