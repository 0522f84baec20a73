"""Who is gone from the master leaves amounts, dates and states behind and no text; who comes back
gets the texts with the master's next word.
"""

from typing import Any

import pytest

from connector.sources.rest import RestSource
from mirror.store.engine import Database
from mirror.store.tables import TABLES
from tests.fakes.omni_master import Omni, Told, customer, done, source
from tests.fakes.stage import Stage, table

pytestmark = pytest.mark.engines

ANA = 73
TEN = "T10:00:00-03:00"
MAY = "/cobrancas?mes=2024-05"
RULES = {"rules": ["conta_base", "azata", "ploomes"], "loss_reasons": ["Disse que Rui a incomoda"]}
SECRETS = (
    "Vestido de noiva",
    "Fatura da Ana",
    "Festa da Ana",
    "Rui",
    "minha-conta",
    "boleto.example",
)
ERASED = "Os textos foram apagados quando o cliente saiu do sistema de origem"
TABS = ("pedidos", "pagamentos", "negocios", "visitas", "relacionamento")


@pytest.fixture
def made(omni: Omni) -> RestSource:
    return source(omni, standing=RULES)


def doings(stamp: str, first: int = 0, v: int = 1) -> list[Told]:
    """One of everything, full of texts."""
    item = {"name": "Vestido de noiva", "quantity": 1, "price": 90, "total": 90}
    order = {"type": "pedido", "status": "entregue", "total": 90, "items": [item], "seller": "Rui"}
    slip = {"boleto_url": "https://boleto.example/ana", "due_on": "2024-05-10", "amount": 90}
    paid = {"status": "paga", "paid_at": f"2024-05-09{TEN}", "description": "Fatura da Ana"}
    lost = {"status": "perdido", "loss_reason": "Disse que Rui a incomoda", "amount": 5}
    lost |= {"opened_at": f"2024-05-02{TEN}", "closed_at": f"2024-05-20{TEN}"}
    visit = {"page": "/minha-conta", "visited_at": f"2024-05-03{TEN}"}
    told: dict[str, dict[str, Any]] = {
        "orders": {"placed_at": f"2024-05-01{TEN}", **order},
        "payments": paid | slip,
        "deals": {"title": "Festa da Ana", **lost},
        "visits": visit,
    }
    return [
        (name, done(first + place, ANA, stamp, v, **more))
        for place, (name, more) in enumerate(told.items(), 1)
    ]


def ana(stamp: str, v: int = 1) -> Told:
    return "customers", customer(ANA, stamp, v)


def kept_texts(mirror: Database) -> dict[str, int]:
    """How many rows of each stream have a sealed document, or any text in clear."""
    with mirror.reading() as connection:
        rows = {name: connection.execute(one.select()).all() for name, one in TABLES.items()}
    return {
        name: sum(bool(row.doc or row._mapping.get("loss_reason")) for row in found)
        for name, found in rows.items()
    }


def gone(stage: Stage, omni: Omni, made: RestSource) -> str:
    """Ana is there with all she did, then she is gone; the address of her page."""
    stamp = stage.clock.stamp()
    omni.put(ana(stamp), ("customers", customer(1, stamp, name="Bia")), *doings(stamp))
    stage.sync(made)
    page = stage.whose(ANA)
    assert not [one for one in SECRETS[:3] if one not in everything(stage, page)]
    omni.drop("customers", ANA)
    stage.clock.move(hours=1)
    stage.sync(made, full=True)
    return page


def everything(stage: Stage, page: str) -> str:
    order = f"{page}/pedidos/{stage.row_of('orders', 1)}"
    return "".join(stage.says(one) for one in (order, *(f"{page}/{tab}" for tab in TABS)))


def test_an_erased_one_has_no_page_and_leaves_no_text_but_all_totals(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    page = gone(stage, omni, made)

    row = stage.row_of("orders", 1)
    for address in (
        page,
        f"{page}/versao",
        f"{page}/pedidos/{row}",
        *(f"{page}/{t}" for t in TABS),
    ):
        assert stage.client.get(address).status_code == 404, address
    for verb in ("revelar", "copiar", f"pedidos/{row}/arquivo.csv"):
        assert stage.client.post(f"{page}/{verb}", data={"field": "name-0"}).status_code == 404
    assert kept_texts(stage.mirror) == dict.fromkeys(TABLES, 0)
    assert stage.charges(MAY)["Pagas"] == (1, ["R$ 90,00"])
    ((due, _, name, what, amount, state, paid),) = table(stage.html(MAY))
    assert (due, name, what, amount) == ("10/05/2024", "Cliente removido", "—", "R$ 90,00")
    assert (state, paid) == ("Paga", "09/05/2024")
    assert stage.listed() == ["Bia"]
    stage.check()


def test_what_arrives_of_somebody_who_is_gone_arrives_without_its_texts(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    gone(stage, omni, made)
    stage.clock.move(hours=1)
    omni.put(*doings(stage.clock.stamp(), 10), *doings(stage.clock.stamp(), v=2))
    stage.sync(made)

    assert kept_texts(stage.mirror) == dict.fromkeys(TABLES, 0)
    assert stage.charges(MAY)["Pagas"] == (2, ["R$ 180,00"])


@pytest.mark.parametrize("full", [False, True])
def test_who_comes_back_gets_the_texts_with_the_master_s_next_word(
    stage: Stage, omni: Omni, made: RestSource, full: bool
) -> None:
    gone(stage, omni, made)
    stage.clock.move(hours=1)
    omni.put(ana(stage.clock.stamp(), 2))
    customers_only: dict[str, list[Any]] = {name: [] for name in omni.kept if name != "customers"}
    omni.handed = customers_only | {"customers": list(omni.kept["customers"].values())}
    stage.sync(made)
    says = everything(stage, stage.whose(ANA))
    assert not [one for one in SECRETS if one in says]
    assert says.count(ERASED) == 4 + 1  # in four tabs, and on the page of the order
    assert "R$ 90,00" in says
    assert stage.standing(ANA)["Atividade"].startswith("Ativo")
    stage.check()

    omni.handed = None
    stage.clock.move(hours=1)
    if not full:  # the master changes what she did: v 2 of everything
        omni.put(*doings(stage.clock.stamp(), v=2))
    stage.sync(made, full=full)
    says = everything(stage, stage.whose(ANA))
    assert ERASED not in says
    assert not [one for one in SECRETS[:5] if one not in says]
    assert stage.standing(ANA)["Status do cliente"].startswith("Inativo")
    stage.check()


def test_whose_deal_moves_on_to_somebody_else_is_told_of_both(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    stamp = stage.clock.stamp()
    omni.put(ana(stamp), ("customers", customer(1, stamp, name="Bia")))
    sold: dict[str, Any] = {"type": "pedido", "status": "entregue", "total": 9}
    sold |= {"placed_at": "2024-05-01T10:00:00-03:00"}
    omni.put(("orders", done(1, ANA, stamp, **sold)))
    stage.sync(made)
    assert stage.standing(ANA)["Relacionamento"].startswith("Ativo")

    omni.put(("orders", done(1, 1, stage.clock.stamp(), 2, **sold)))
    stage.sync(made)
    assert stage.standing(ANA)["Relacionamento"].startswith("Lead")
    assert stage.standing(1)["Relacionamento"].startswith("Ativo")
    assert "Última compra —" in stage.of(ANA)
    stage.check()
