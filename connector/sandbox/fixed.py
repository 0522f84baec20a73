"""The two customers every sandbox has, whatever its seed: for manuals, tests and first looks."""

from typing import Any

from connector.sandbox.habits import POINTS_A_PURCHASE, loyalty
from connector.sandbox.story import Story
from connector.sandbox.timeline import instant, spell_short
from connector.sandbox.work import undecided

_ADDRESS_HOME = {
    "label": "Residencial",
    "street": "Rua das Flores",
    "number": "123",
    "complement": "Apto 45",
    "district": "Pinheiros",
    "city": "São Paulo",
    "state": "SP",
    "postal_code": "05422-010",
    "country": "BR",
    "main": True,
}
_ADDRESS_WORK = {
    "label": "Comercial",
    "street": "SQN 312 Bloco C",
    "number": "s/n",
    "complement": "Sala 5",
    "district": "Asa Norte",
    "city": "Brasília",
    "state": "DF",
    "postal_code": "70765030",
    "country": "BR",
    "main": False,
}
_POINTS = 1_240
_BOUGHT_AT = instant("2015-12-19T18:42:10-02:00")
_DEUZENIR = {
    "person_type": "PF",
    "name": "Deuzenir Ferreira",
    "cpf": "123.456.789-09",
    "rg": "12.345.678-9 SSP/SP",
    "birth_date": "1978-05-23",
    "gender": "F",
    "category": "Consultor",
    "dependents": [
        {"name": "Júlia Ferreira", "relation": "Filha", "birth_date": "2014-08-02"},
        {"name": "Davi Ferreira", "relation": "Filho", "birth_date": "2018-11-30"},
    ],
    "created_at": "2015-03-14T10:20:00-03:00",
    "status": "active",
    "emails": [{"address": "Deuzenir.Ferreira@Exemplo.com.br", "label": "Pessoal"}],
    "phones": [
        {"number": "(11) 98765-4321", "label": "WhatsApp"},
        {"number": "(61) 8123-4567", "label": "Recado"},
    ],
    "addresses": [_ADDRESS_HOME, _ADDRESS_WORK],
    "notes": "Prefere sandália rasteira caramelo. Não ligar antes das 10h.",
    "extra": {
        "Tamanho de calçado": "38",
        "Loja de origem": "Shopping Recife",
        "Vendedor preferido": "Márcia Telles",
        "Limite de crédito": 1500.0,
    },
    "seller": "Márcia Telles",
    "profile": "Omnichannel",
    "groups": ["Aniversariantes do mês", "Retira na loja"],
    "tags": ["vip", "whatsapp"],
    **undecided(),
}
_IPE = {
    "person_type": "PJ",
    "name": "Ipê Amarelo Comércio de Roupas Ltda",
    "trade_name": "Boutique Ipê Amarelo",
    "cnpj": "12.ABC.345/01DE-35",
    "state_registration": "123456789",
    "category": "Atacado",
    "contacts": [
        {
            "name": "Rosângela Prado",
            "role": "Compras",
            "email": "rosangela.prado@example.com",
            "phone": "(81) 99876-5432",
        },
    ],
    "created_at": "2015-07-01T09:00:00-03:00",
    "status": "active",
    "emails": [{"address": "nfe@example.org", "label": "NF-e"}],
    "phones": [{"number": "(81) 3456-7890 ramal 12", "label": "Comercial"}],
    "last_purchase_at": None,
    "addresses": [_ADDRESS_WORK | {"label": "Matriz", "main": True}],
    "loyalty": None,
    "notes": None,
    "extra": {"Limite de crédito": 5000.0},
    "seller": None,
    "profile": "Presencial",
    "groups": [],
    "tags": [],
    **undecided(),
}


def deuzenir(story: Story, bought_before: int = _BOUGHT_AT) -> dict[str, Any]:
    """Customer 100001: the person of Omni OMS's manual, with every section filled in."""
    return _DEUZENIR | {
        "last_purchase_at": spell_short(story.bought_at or bought_before),
        "loyalty": loyalty(_POINTS + POINTS_A_PURCHASE * story.purchases, "Ativo"),
    }


def ipe() -> dict[str, Any]:
    """Customer 100002: a company whose CNPJ has letters (the example of Receita Federal)."""
    return dict(_IPE)
