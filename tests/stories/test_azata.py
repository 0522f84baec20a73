"""Azata: who registers is a lead, who buys is active, what an operator saves is shown; and what a
customer ordered, pays and looked at, with the files of an order.
"""

import csv
import io
import re
from html import unescape
from typing import Any

import pytest

from connector.sources.rest import RestSource
from tests.fakes.omni_master import Omni, Told, customer, done, source
from tests.fakes.shuffling import Play, deliver, rounds, same_for_all, same_rows
from tests.fakes.stage import Stage, table

pytestmark = pytest.mark.engines

AXIS = "Relacionamento"
BOLETO = "https://boleto.example/77"
CODE = "23793.38128 60007.827136 95000.063305 9 96490000018990"
BARCODE = "23799964900000189903381260007827139500006330"
LINES = [
    {"name": "Camiseta básica", "quantity": 2, "price": 59.95, "total": 119.9},
    {"name": "Fita, por metro", "quantity": "1.5", "price": 10, "total": 15},
]


@pytest.fixture
def rules() -> tuple[str, ...]:
    return ("azata",)


@pytest.fixture
def made(omni: Omni) -> RestSource:
    return source(omni, standing={"rules": ["azata"]})


def order(
    number: int, whose: int, stamp: str, kind: str = "pedido", v: int = 1, /, **more: Any
) -> Told:
    usual = {
        "type": kind,
        "number": f"2024-{number}",
        "status": "faturado",
        "placed_at": f"2024-05-{number:02}T10:00:00-03:00",
        "items": LINES,
        "total": 134.9,
        "seller": "Paula Nunes",
    }
    return "orders", done(number, whose, stamp, v, **(usual | more))


def slip(number: int, whose: int, stamp: str, /, **more: Any) -> Told:
    usual = {
        "order_id": 2,
        "status": "emitida",
        "due_on": "2024-06-20",
        "amount": 134.9,
        "description": "Boleto 1/1",
        "boleto_url": BOLETO,
        "code": CODE,
        "barcode": BARCODE,
    }
    return "payments", done(number, whose, stamp, **(usual | more))


def counters(stage: Stage) -> dict[str, list[str]]:
    """Every counter is clicked: it lists as many as it counts."""
    html = stage.html("/clientes").partition('aria-labelledby="axis-1"')[2].partition("</nav>")[0]
    cells = re.findall(r'<a href="([^"]*)"[^>]*><bdi>(.*?)</bdi><b class="num">(\d+)</b>', html)
    lists = {label: stage.listed(unescape(url)) for url, label, _ in cells}
    assert {label: len(names) for label, names in lists.items()} == {
        label: int(number) for _, label, number in cells
    }
    stage.check()
    return lists


def test_the_four_kinds_of_relationship(stage: Stage, omni: Omni, made: RestSource) -> None:
    stamp = stage.clock.stamp()
    for number, name in enumerate(("Lia", "Ari", "Caio", "Inês", "Quito"), 1):
        omni.put(("customers", customer(number, stamp, name=name)))
    omni.put(order(2, 5, stamp, "orçamento"), order(3, 5, stamp, status="cancelado"))
    stage.sync(made)
    everybody = ["Quito", "Inês", "Caio", "Ari", "Lia"]
    assert counters(stage) == {"Leads": everybody, "Ativos": [], "Contatos": [], "Inativos": []}

    omni.put(order(4, 2, stamp), order(5, 4, stamp))
    stage.sync(made)
    assert counters(stage)["Ativos"] == ["Inês", "Ari"]
    assert stage.story(2) == [
        [
            ("04/05/2024", "Ativo", "Primeira compra ( pedido 2024-4 )."),
            ("05/01/2024", "Lead", "Cadastrado, ainda sem compra."),
        ]
    ]

    stage.clock.move(hours=1)
    stamp = stage.clock.stamp()
    omni.put(("customers", customer(3, stamp, 2, name="Caio", relationship="contato")))
    omni.put(("customers", customer(4, stamp, 2, name="Inês", relationship="inativo")))
    stage.sync(made)
    assert counters(stage) == {
        "Leads": ["Quito", "Lia"],
        "Ativos": ["Ari"],
        "Contatos": ["Caio"],
        "Inativos": ["Inês"],
    }
    assert stage.standing(3)[AXIS] == (
        "Contato recebida do sistema de origem Pelas regras da loja seria Lead."
    )
    assert "Nenhuma divergência" in stage.says("/divergencias")  # an operator says so, no rule

    stage.clock.move(days=400)  # no purchase wears off
    assert counters(stage)["Ativos"] == ["Ari"]


def test_orders_with_their_kinds_items_and_what_they_come_to(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    stamp = stage.clock.stamp()
    omni.put(("customers", customer(1, stamp)))
    omni.put(
        order(2, 1, stamp),
        order(3, 1, stamp, "orçamento", status="aberto"),
        order(4, 1, stamp, "devolução", total=-59.95, items=[]),
        order(5, 1, stamp, "recibo"),
        order(6, 1, stamp, status="cancelado"),
        order(7, 1, stamp, total=10, currency="USD"),
        order(8, 1, stamp, status="entregue", total=1000),
    )
    stage.sync(made)

    assert stage.rows(1, "pedidos") == [
        ["Pedido", "2024-8", "entregue", "08/05/2024 10:00", "3,5", "R$ 1.000,00"],
        [
            "Pedido",
            "2024-7 Em moeda estrangeira: não entra nas somas em reais.",
            "faturado",
            "07/05/2024 10:00",
            "3,5",
            "US$ 10,00",
        ],
        ["Pedido", "2024-6", "cancelado", "06/05/2024 10:00", "3,5", "R$ 134,90"],
        ["Recibo", "2024-5", "faturado", "05/05/2024 10:00", "3,5", "R$ 134,90"],
        ["Devolução", "2024-4", "faturado", "04/05/2024 10:00", "—", "-R$ 59,95"],
        ["Orçamento", "2024-3", "aberto", "03/05/2024 10:00", "3,5", "R$ 134,90"],
        ["Pedido", "2024-2", "faturado", "02/05/2024 10:00", "3,5", "R$ 134,90"],
    ]
    says = stage.of(1, "pedidos")
    assert "2 pedidos não cancelados R$ 1.134,90" in says
    assert "1 pedido não cancelado em USD US$ 10,00" in says
    assert "Última compra 08/05/2024" in stage.of(1)

    one = stage.whose(1, f"pedidos/{stage.row_of('orders', 2)}")
    assert table(stage.html(one)) == [
        ["Camiseta básica", "2", "R$ 59,95", "R$ 119,90"],
        ["Fita, por metro", "1,5", "R$ 10,00", "R$ 15,00"],
    ]
    assert "Soma dos itens R$ 134,90" in stage.says(one)


def test_a_registration_says_how_it_is_paid_whom_to_write_to_and_which_address_is_in_use(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    place = {"street": "Rua das Flores", "city": "São Paulo", "state": "SP"}
    who = {
        "person_type": "PJ",
        "name": "Padaria Sol Ltda",
        "profile": "Atacado",
        "seller": "Paula Nunes",
        "payment_method": "Boleto",
        "payment_terms": "30/60",
        "emails": [{"address": "nfe@sol.example"}, {"address": "compras@sol.example"}],
        "addresses": [
            place | {"label": "Entrega", "number": "20", "situation": "Inativo"},
            place | {"label": "Padrão", "number": "10", "situation": "Ativo", "main": True},
        ],
        "contacts": [{"name": "Rosa Prado", "role": "Compras", "email": "rosa@sol.example"}],
    }
    omni.put(("customers", customer(1, stage.clock.stamp(), **who)))
    stage.sync(made)

    says = stage.of(1)
    for said in (
        "E-mail principal Parcialmente oculto: n *** @sol.example Outro e-mail",
        "Endereços Padrão principal Ativo Parcialmente oculto: São Paulo/SP Entrega Inativo",
        "Contatos Rosa Prado Compras",
        "Vendedor Paula Nunes Perfil Atacado",
        "Forma de pagamento Boleto Prazo de pagamento 30/60",
    ):
        assert said in says


def test_what_only_the_master_does_is_there_and_says_so(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    stamp = stage.clock.stamp()
    contacts = [{"name": "Rosa Prado"}]
    omni.put(("customers", customer(1, stamp, contacts=contacts)))
    omni.put(order(2, 1, stamp), slip(9, 1, stamp))
    stage.sync(made)

    one = stage.whose(1, f"pedidos/{stage.row_of('orders', 2)}")
    assert list(stage.withheld(stage.whose(1))) == [
        "Editar",
        "Adicionar endereço",
        "Adicionar contato",
    ]
    assert list(stage.withheld(one)) == ["Editar pedido"]
    assert list(stage.withheld(stage.whose(1, "pagamentos"))) == ["Reenviar boleto"]


def test_an_order_in_a_situation_of_the_shops_own_is_a_purchase_and_one_of_its_own_kind_is_none(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    stamp = stage.clock.stamp()
    omni.put(("customers", customer(1, stamp)))
    omni.put(order(2, 1, stamp, "Bonificação"))
    stage.sync(made)
    assert [row[0] for row in stage.rows(1, "pedidos")] == ["Bonificação"]
    assert "recibos e tipos próprios da loja ficam de fora" in stage.of(1, "pedidos")
    assert counters(stage)["Leads"] == ["Ana Lima"]

    omni.put(order(3, 1, stamp, status="Aguardando retirada"))
    stage.sync(made)
    assert stage.rows(1, "pedidos")[0][2] == "Aguardando retirada"
    assert "1 pedido não cancelado R$ 134,90" in stage.of(1, "pedidos")
    assert counters(stage)["Ativos"] == ["Ana Lima"]


def test_payments_with_the_boleto_its_codes_and_the_order(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    stamp = stage.clock.stamp()
    omni.put(("customers", customer(1, stamp)), order(2, 1, stamp), slip(9, 1, stamp))
    omni.put(slip(10, 1, stamp, status="cancelada", due_on="2024-06-01"))
    stage.sync(made)

    html = stage.html(stage.whose(1, "pagamentos"))
    first, second = table(html)
    assert first[:3] == ["Boleto 1/1 9 Pedido 2024-2", "Emitida", "20/06/2024"]
    assert first[6].startswith("Abrir boleto Código Parcialmente oculto: **** 8990 Barras")
    assert second[1] == "Cancelada"
    assert second[6] == ""  # nobody is to pay it: nothing to copy
    assert BOLETO not in html
    assert CODE not in html
    assert BARCODE not in html

    reveal = stage.whose(1, f"pagamentos/{stage.row_of('payments', 9)}/revelar")
    for field, value in (("code", CODE), ("barcode", BARCODE)):
        answer = stage.client.post(
            reveal,
            data={"field": field, "reason": "atendimento"},
            headers={"Accept": "application/json"},
        )
        assert answer.get_json()["value"] == value
    assert stage.client.post(reveal.replace("revelar", "boleto")).location == BOLETO


def test_visits_with_the_page_and_the_order_that_it_led_to(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    stamp = stage.clock.stamp()
    omni.put(("customers", customer(1, stamp)), order(2, 1, stamp))
    for number, page, led in ((1, "https://loja.example/camisetas", 2), (2, "/carrinho", None)):
        at = f"2024-05-02T09:0{number}:00-03:00"
        omni.put(("visits", done(number, 1, stamp, page=page, visited_at=at, order_id=led)))
    stage.sync(made)

    assert stage.rows(1, "visitas") == [
        ["02/05/2024 09:02", "/carrinho", "—"],
        ["02/05/2024 09:01", "https://loja.example/camisetas", "2024-2"],
    ]
    html = stage.html(stage.whose(1, "visitas"))
    assert 'href="https://loja.example/camisetas"' in html
    assert f'href="{stage.whose(1, "pedidos")}/{stage.row_of("orders", 2)}"' in html


def test_the_information_of_an_order_is_taken_out_in_three_formats(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    stamp = stage.clock.stamp()
    omni.put(("customers", customer(1, stamp, cpf="529.982.247-25")), order(2, 1, stamp))
    omni.put(slip(9, 1, stamp))
    stage.sync(made)
    address = stage.whose(1, f"pedidos/{stage.row_of('orders', 2)}/arquivo")

    def taken(ending: str) -> Any:
        return stage.client.post(f"{address}.{ending}", data={"reason": "nota"})

    assert taken("pdf").data.startswith(b"%PDF-")
    _, first, second = csv.reader(io.StringIO(taken("csv").text), delimiter=";")
    assert first[:6] == ["2024-2", "Pedido", "faturado", "02/05/2024 10:00", "Ana Lima", "1"]
    assert first[-5:] == ["Camiseta básica", "2", "59,95", "119,90", "134,90"]
    assert second[-5:] == ["Fita, por metro", "1,5", "10,00", "15,00", "134,90"]
    told = taken("json").json
    assert (told["amount"], told["kind"], len(told["items"])) == ("134.90", "Pedido", 2)
    assert [one["situation"] for one in told["payments"]] == ["Emitida"]
    assert not [
        end for end in ("csv", "json") if "529.982" in taken(end).text or CODE in taken(end).text
    ]


def story(base: int) -> list[Told]:
    """A customer, two versions of an order, the visit that led to it, and its boleto."""
    stamps = [f"2024-05-{day:02}T12:00:00Z" for day in range(1, 6)]
    placed = {"placed_at": "2024-05-02T10:00:00-03:00", "number": None}
    visited = {"page": "/camisetas", "visited_at": "2024-05-02T09:50:00-03:00"}
    return [
        ("customers", customer(base, stamps[0])),
        ("visits", done(base + 2, base, stamps[1], order_id=base + 1, **visited)),
        order(base + 1, base, stamps[2], status="aberto", total=1, items=[], **placed),
        slip(base + 3, base, stamps[3], order_id=base + 1),
        order(base + 1, base, stamps[4], "pedido", 2, status="entregue", **placed),
    ]


def test_in_whatever_order_it_arrives_it_ends_the_same(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    play = Play(story)
    for told in rounds(play):
        deliver(stage, made, omni, told)

    stage.check()
    assert stage.bar() == {"Leads": 0, "Ativos": len(play.bases), "Contatos": 0, "Inativos": 0}
    assert len(same_rows(stage, play)) == 1
    tabs = ("", "relacionamento", "pedidos", "pagamentos", "visitas")
    ((summary, history, orders, payments, visits),) = same_for_all(stage, play, tabs=tabs)
    assert "Ativo pelas regras da loja, desde 02/05/2024" in summary
    assert "Última compra 02/05/2024" in summary
    assert "Primeira compra ( pedido N01 )" in history
    assert "1 pedido não cancelado R$ 134,90" in orders
    assert "Pedido N01" in payments
    assert "/camisetas N01" in visits
