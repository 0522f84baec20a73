"""Companies as customers: legal and trade names, CNPJs with letters, people to talk to."""

from typing import Any

from connector.sandbox.dice import Roll, roller
from connector.sandbox.documents import cnpj, cpf, mistyped, punctuated_cnpj
from connector.sandbox.homes import Home
from connector.sandbox.names import SURNAMES
from connector.sandbox.people import Person, email, person
from connector.sandbox.phones import landline, mobile
from connector.sandbox.story import Sighting
from connector.sandbox.tables import listed, weighted

CATEGORIES = weighted("""
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


def identity(seed: int, seen: Sighting, place: Home) -> tuple[Person, dict[str, Any]]:
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
        "category": CATEGORIES[roll() % len(CATEGORIES)],
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


def phones(roll: Roll, place: Home) -> list[dict[str, str]]:
    """A fixed line, often a mobile as well."""
    numbers = [{"number": landline(roll, place.city.ddd), "label": "Comercial"}]
    if roll() % 5 < 3:
        numbers.append({"number": mobile(roll, place.city.ddd), "label": "WhatsApp"})
    return numbers
