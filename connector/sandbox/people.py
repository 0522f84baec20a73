"""People and companies as customers: who they are, with whom and where they live."""

from typing import Any

import msgspec

from connector.sandbox.brazil import (
    CITIES,
    COMPLEMENTS,
    FEMALE,
    GENERATIONS,
    MALE,
    SECOND_FEMALE,
    SECOND_MALE,
    STREETS,
    SURNAMES,
    City,
    Roll,
    landline,
    listed,
    mobile,
    roller,
    scatter,
    weighted,
)
from connector.sandbox.documents import cnpj, cpf, mistyped, punctuated_cnpj, punctuated_cpf, rg
from connector.sandbox.timeline import DAY_US, LAST_DAY, Sighting, Story, spell_day

# Where a customer lives: one in six pairs of neighbours in the register is a family.

_FAMILIES = 6
_HOME_LABELS = ("Trabalho", "Casa da mãe", "Entrega", "Praia", "Sítio", "Cobrança")


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
        "situation": "Ativo" if main or suffix % 5 else "Inativo",
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
        address(roll, place.city, _HOME_LABELS[roll() % len(_HOME_LABELS)], main=False)
        for _ in range(1 + (lot >= 96))
    ]


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
_RELATIONS = listed("""
Filha, Filho, Filha, Filho, Filha, Filho, Filha, Filho, Enteada, Enteado, Neta, Sobrinho, Esposa,
Marido
""")
_SPOUSES = ("Esposa", "Marido")
_DEPENDENTS = (0,) * 70 + (1,) * 13 + (2,) * 11 + (3,) * 4 + (4,) * 2
_GENDERS = {0: "O", **dict.fromkeys(range(1, 8))}
"""What one in a hundred, and seven more, have instead of what their name suggests."""
_BETWEEN = (".", "", "_", ".")
_UNACCENTED = str.maketrans("áàâãäçéêíïóôõöúüÁÂÃÀÉÊÍÓÔÕÚÜÇ", "aaaaaceeiioooouuAAAAEEIOOOUUC")
_BABY = LAST_DAY - 200
_CHILDHOOD = 17 * 365
_ADULT = LAST_DAY - 24 * 365
_TWENTY = 20 * 365
_THIRTY_FIVE = 35 * 365
_MISTYPED, _NEIGHBOURS, _RIGHT, _NONE = 0, (1, 2), 3, 920
"""Lots of a thousand: the documents that are wrong, shared or missing."""


class Person(msgspec.Struct, frozen=True):
    """A name as it is spoken, and what goes with it."""

    given: str
    last: str
    name: str
    gender: str


def person(roll: Roll, surname: str) -> Person:
    """Somebody whose last surname is the family's."""
    female = roll() % 100 < 57
    given = FEMALE[roll() % len(FEMALE)] if female else MALE[roll() % len(MALE)]
    second, surnames = SECOND_FEMALE if female else SECOND_MALE, surname
    name = f"{given} {second[roll() % len(second)]}" if roll() % 10 < 3 else given
    if roll() % 100 < 62:
        surnames = f"{SURNAMES[roll() % len(SURNAMES)]} {surname}"
    if not female and roll() % 25 == 0:
        surnames = f"{surnames} {GENERATIONS[roll() % len(GENERATIONS)]}"
    last = surname.rpartition(" ")[2]
    return Person(given, last, f"{name} {surnames}", "F" if female else "M")


def typed(lot: int, name: str) -> str:
    """A name as it was typed: one in five in capitals, half of those without accents."""
    if lot % 5:
        return name
    return name.upper().translate(_UNACCENTED) if lot % 2 else name.upper()


def email(roll: Roll, given: str, last: str) -> str:
    """An address made of a name, mostly a number, and a domain nobody reads mail at."""
    lot = roll()
    local = f"{given}{_BETWEEN[lot % len(_BETWEEN)]}{last}".translate(_UNACCENTED)
    if lot % 5:
        local += str(roll() % 10_000)
    domain = DOMAINS[roll() % len(DOMAINS)]
    return f"{local}@{domain}" if lot % 13 == 0 else f"{local.lower()}@{domain}"


def emails(roll: Roll, given: str, last: str, percent: int) -> list[dict[str, str]]:
    """At least one in ``percent`` of a hundred, sometimes two."""
    lot = roll() % 100
    return [
        {"address": email(roll, given, last), "label": _LABELS[roll() % len(_LABELS)]}
        for _ in range((lot < percent) + (lot < 8))
    ]


def phones(roll: Roll, place: Home) -> list[dict[str, str]]:
    """A mobile of one's own, mostly, and the home's fixed line where there is one."""
    numbers = []
    if roll() % 10:
        label = _MOBILE_LABELS[roll() % len(_MOBILE_LABELS)]
        numbers.append({"number": mobile(roll, place.city.ddd), "label": label})
    if place.landline:
        numbers.append({"number": place.landline, "label": "Residencial"})
    return numbers


def dependents(roll: Roll, surname: str) -> list[dict[str, str | None]]:
    """None to four: minors, and here and there a husband or a wife."""
    return [_dependent(roll, surname) for _ in range(_DEPENDENTS[roll() % len(_DEPENDENTS)])]


def _dependent(roll: Roll, surname: str) -> dict[str, str | None]:
    relation = _RELATIONS[roll() % len(_RELATIONS)]
    names = FEMALE if relation.endswith("a") else MALE
    youngest = _ADULT if relation in _SPOUSES else _BABY
    born = spell_day(youngest - roll() % _CHILDHOOD) if roll() % 10 else None
    name = f"{names[roll() % len(names)]} {surname}"
    return {"name": name, "relation": relation, "birth_date": born}


def identity(seed: int, seen: Sighting, place: Home) -> tuple[Person, dict[str, Any]]:
    """Who the customer is, and the fields that say so."""
    index, story = seen.index, seen.story
    roll = roller(b"person", seed, index)
    somebody = person(roll, place.surname)
    name = typed(roll(), somebody.name)
    if story.name:
        married = roller(b"name", seed, index, story.name)
        name = f"{somebody.name} {SURNAMES[married() % len(SURNAMES)]}"
    return somebody, {
        "name": name,
        "cpf": _cpf(roll, seed, index, story),
        "rg": rg(roll, place.city.state) if roll() % 3 == 0 else None,
        "birth_date": _birth_date(roll, seen.listed_at) if roll() % 5 else None,
        "gender": _GENDERS.get(roll() % 100, somebody.gender),
        "category": CATEGORIES[roll() % len(CATEGORIES)],
        "dependents": dependents(roll, place.surname),
    }


def _cpf(roll: Roll, seed: int, index: int, story: Story) -> str | None:
    """Mostly one's own; 8 % have none. One in a thousand is mistyped, two are a neighbour's.

    A change of the document sets all of these right.
    """
    lot, bare = roll() % 1000, roll() % 5 < 2
    if story.document:
        lot = _RIGHT
    if lot >= _NONE:
        return None
    number = cpf(seed, index - 1 if lot in _NEIGHBOURS else index)
    if lot == _MISTYPED:
        number = mistyped(number)
    return number if bare else punctuated_cpf(number)


def _birth_date(roll: Roll, listed_at: int) -> str:
    """Mostly about fifty-five years old when listed, and no child when registered years before."""
    return spell_day(listed_at // DAY_US - _TWENTY - roll() % _THIRTY_FIVE - roll() % _THIRTY_FIVE)


# Companies as customers: legal and trade names, CNPJs with letters, people to talk to.

COMPANY_CATEGORIES = weighted("""
40: Atacado
30: Revendedor
15: Corporativo
8: Governo
7: Consumidor
""")
_TRADES = listed("""
Modas, Calçados, Confecções, Cosméticos, Presentes, Armarinho, Variedades, Comércio de Roupas,
Uniformes, Esportes, Perfumaria, Acessórios, Papelaria, Enxovais, Distribuidora, Eventos, Brindes
""")
_FANCY = listed("""
Ateliê, Bazar, Boutique, Casa, Empório, Espaço, Estúdio, Loja, Mundo, Ponto, Recanto, Salão
""")
_FORMS = listed("Ltda, Ltda, Ltda, LTDA ME, Ltda - EPP, S.A., Eireli")
_ROLES = listed("Compras, Financeiro, Sócia, Sócio, Gerente, Recepção, Contabilidade")
_OWNERS = 500_000_000
"""Added to a company's index for its owner's CPF, which is no customer's."""


def company_identity(seed: int, seen: Sighting, place: Home) -> tuple[Person, dict[str, Any]]:
    """Who runs the company, and the fields that say what it is."""
    index, story = seen.index, seen.story
    roll = roller(b"company", seed, index)
    owner = person(roll, place.surname)
    number = cnpj(seed, index, roll)
    trade = _TRADES[roll() % len(_TRADES)]
    trade_name = _trade_name(roll, owner, trade)
    if story.name:
        trade_name = _trade_name(roller(b"name", seed, index, story.name), owner, trade)
    return owner, {
        "name": _legal_name(roll, owner, trade, seed, index),
        "trade_name": trade_name if roll() % 100 < 85 else None,
        "cnpj": _written(roll, number, corrected=story.document > 0),
        "state_registration": _state_registration(roll),
        "category": COMPANY_CATEGORIES[roll() % len(COMPANY_CATEGORIES)],
        "contacts": [_contact(roll, place) for _ in range(roll() % 4)],
    }


def _legal_name(roll: Roll, owner: Person, trade: str, seed: int, index: int) -> str:
    """The razão social; that of an older MEI ends in the owner's full CPF."""
    lot, form = roll() % 100, _FORMS[roll() % len(_FORMS)]
    if lot < 20:
        return f"{owner.name.upper()} {cpf(seed, index + _OWNERS)}"
    if lot < 60:
        return f"{owner.last} {trade} {form}"
    return f"{owner.last} & {SURNAMES[roll() % len(SURNAMES)]} {trade} {form}"


def _trade_name(roll: Roll, owner: Person, trade: str) -> str:
    name = owner.last if roll() % 2 else owner.given
    return f"{_FANCY[roll() % len(_FANCY)]} {name} {trade}"


def _written(roll: Roll, number: str, *, corrected: bool) -> str | None:
    """Three in a hundred have none, one in a thousand is mistyped, until corrected."""
    lot, bare = roll() % 1000, roll() % 5 < 2
    if lot >= 970 and not corrected:
        return None
    if lot == 0 and not corrected:
        number = mistyped(number)
    return number if bare else punctuated_cnpj(number)


def _state_registration(roll: Roll) -> str | None:
    lot = roll() % 10
    if lot < 3:
        return None if lot else "ISENTO"
    return f"{roll() % 1000:03d}{roll():05d}{lot}"


def _contact(roll: Roll, place: Home) -> dict[str, str | None]:
    somebody = person(roll, place.surname)
    return {
        "name": f"{somebody.given} {somebody.last}",
        "role": _ROLES[roll() % len(_ROLES)],
        "email": email(roll, somebody.given, somebody.last) if roll() % 5 < 3 else None,
        "phone": mobile(roll, place.city.ddd) if roll() % 5 < 3 else None,
    }


def company_phones(roll: Roll, place: Home) -> list[dict[str, str]]:
    """A fixed line, often a mobile as well."""
    numbers = [{"number": landline(roll, place.city.ddd), "label": "Comercial"}]
    if roll() % 5 < 3:
        numbers.append({"number": mobile(roll, place.city.ddd), "label": "WhatsApp"})
    return numbers
