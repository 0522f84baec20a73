"""Companies as customers: legal and trade names, CNPJs with letters, people to talk to."""

from typing import Any

from connector.sandbox.dice import Dice
from connector.sandbox.documents import cnpj, cpf, mistyped, punctuated_cnpj
from connector.sandbox.homes import Home
from connector.sandbox.people import Person, email, person
from connector.sandbox.phones import landline, mobile
from connector.sandbox.story import Story
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
_MEI_LABELS = ("NF-e", "Comercial")


def identity(seed: int, index: int, story: Story, place: Home) -> tuple[Person, dict[str, Any]]:
    """Who runs company ``index``, and the fields that say what it is."""
    dice = Dice("company", seed, index)
    owner = person(dice, place.surname)
    number = cnpj(seed, index, dice)
    trade = dice.pick(_TRADES)
    fancy = f"{dice.pick(_FANCY)} {owner.given if dice.chance(50) else owner.last} {trade}"
    if story.name:
        fancy = f"{fancy} {Dice('name', seed, index, story.name).pick(_FANCY)}"
    return owner, {
        "name": _legal_name(dice, owner, trade, cpf(seed, index + 500_000_000)),
        "trade_name": fancy if dice.chance(85) else None,
        "cnpj": _written(dice, number, corrected=story.document > 0),
        "state_registration": _state_registration(dice),
        "category": dice.pick(CATEGORIES),
        "contacts": [_contact(dice, place) for _ in range(dice.below(4))],
    }


def _legal_name(dice: Dice, owner: Person, trade: str, owners_cpf: str) -> str:
    """The razão social; a MEI's of before 2022 ends in the owner's full CPF."""
    lot = dice.below(100)
    if lot < 20:
        return f"{owner.name.upper()} {owners_cpf}"
    if lot < 60:
        return f"{owner.last} {trade} {dice.pick(_FORMS)}"
    return f"{owner.last} & {person(dice, owner.last).given} {trade} {dice.pick(_FORMS)}"


def _written(dice: Dice, number: str, *, corrected: bool) -> str | None:
    lot = dice.below(1000)
    if not corrected:
        if lot >= 970:
            return None
        number = mistyped(number) if lot == 0 else number
    return number if dice.chance(40) else punctuated_cnpj(number)


def _state_registration(dice: Dice) -> str | None:
    lot = dice.below(10)
    if lot < 3:
        return None if lot else "ISENTO"
    return f"{dice.below(10**9):09d}"


def _contact(dice: Dice, place: Home) -> dict[str, Any]:
    somebody = person(dice, place.surname)
    return {
        "name": f"{somebody.given} {somebody.last}",
        "role": dice.pick(_ROLES),
        "email": email(dice, somebody.given, somebody.last) if dice.chance(60) else None,
        "phone": mobile(dice, place.city.ddd) if dice.chance(60) else None,
    }


def phones(dice: Dice, place: Home) -> list[dict[str, str]]:
    """A fixed line, often a mobile as well."""
    numbers = [{"number": landline(dice, place.city.ddd), "label": "Comercial"}]
    if dice.chance(60):
        numbers.append({"number": mobile(dice, place.city.ddd), "label": "WhatsApp"})
    return numbers


def emails(dice: Dice, trade: str, last: str) -> list[dict[str, str]]:
    """The company's boxes; one in ten has none."""
    lot = dice.below(10)
    return [
        {"address": email(dice, trade, last), "label": dice.pick(_MEI_LABELS)}
        for _ in range((lot > 0) + (lot > 6))
    ]
