"""The tabs of one customer: which there are, what each shows, and that opening one is recorded."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import unquote_plus

import msgspec
import pytest

from mirror.ledger import journal
from mirror.reading.find import get
from mirror.reading.listing import export
from mirror.records import Contact, Customer, Dependent, Item
from mirror.store.engine import Database
from tests.fakes import activities
from tests.fakes.clientele import COMPANY, DEUZENIR, SECRETS
from tests.fakes.dealings import deal, order, payment, visit
from tests.fakes.somebody import somebody
from tests.web.active_shop import Busy, at, opener, read, rows, tabs_of
from web.terminals.lookup import cards

TABS = ("", "pedidos", "pagamentos", "negocios", "visitas", "relacionamento")
FURTHER = ("contatos", "dependentes")
ONES = ("pedidos/1", "pagamentos/1", "negocios/1")


@pytest.fixture
def busy(mirror_with: Callable[..., Database], ledger: Database) -> Busy:
    return opener(mirror_with, ledger)


def test_a_mirror_of_customers_alone_has_no_tabs(busy: Busy) -> None:
    shop = busy(msgspec.structs.replace(DEUZENIR, dependents=(), last_purchase_at=None))
    assert tabs_of(shop.signed_in(), at(shop)) == []


def test_there_are_the_tabs_that_make_sense_with_their_numbers(busy: Busy) -> None:
    shop = busy(did=(order(), order("8002"), payment(), visit()))
    assert tabs_of(shop.signed_in(), at(shop)) == [
        "Resumo",
        "Pedidos 2",
        "Pagamentos 1",
        "Visitas 1",
        "Relacionamento",
        "Dependentes 1",
    ]


def test_a_stream_the_mirror_has_is_a_tab_also_for_whom_it_is_empty(busy: Busy) -> None:
    shop = busy(DEUZENIR, COMPANY, did=(order(),))
    client = shop.signed_in()
    assert "Pedidos 0" in tabs_of(client, at(shop, customer=COMPANY))
    assert "Nenhum pedido" in read(client, at(shop, "pedidos", COMPANY))


def test_every_tab_is_recorded_once(busy: Busy) -> None:
    shop = busy(did=(order(), payment(), deal(), visit()))
    client = shop.signed_in()
    for tab in (*TABS, *FURTHER):
        assert client.get(at(shop, tab)).status_code == 200
    found = [(row.action, row.external_id, row.detail) for row in reversed(shop.journal())]
    assert found == [("open", "446735", tab or None) for tab in (*TABS, *FURTHER)]


def test_no_journal_no_tab(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise journal.AuditUnavailable("disk full")

    shop = busy(did=(order(), payment(), deal(), visit()))
    client = shop.signed_in()
    monkeypatch.setattr(journal, "record", broken)
    for tab in (*TABS, *FURTHER, *ONES):
        answer = client.get(at(shop, tab))
        assert answer.status_code == 503
        for told in ("Deuzenir", "R$", "Camiseta", "Uniformes"):
            assert told not in answer.text


def test_what_is_somebody_else_s_is_not_shown_under_this_customer(busy: Busy) -> None:
    shop = busy(DEUZENIR, COMPANY, did=(order(), payment(), deal()))
    client = shop.signed_in()
    for tab in ONES:
        assert client.get(at(shop, tab)).status_code == 200
        answer = client.get(at(shop, tab, COMPANY))
        assert answer.status_code == 404
        assert "pode ter saído do sistema de origem" in answer.text


def test_orders_are_newest_first_with_all_that_azata_shows(busy: Busy) -> None:
    old = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    shop = busy(did=(order("1", kind="quote", state="unknown", placed_at=old), order("2")))
    assert rows(shop.signed_in(), at(shop, "pedidos")) == [
        ["Pedido", "2026-2", "Entregue", "05/10/2026 19:30", "3", "R$ 189,90"],
        ["Orçamento", "2026-1", "Entregue", "02/01/2026 00:04", "3", "R$ 189,90"],
    ]


def test_kinds_and_states_are_said_in_words(busy: Busy) -> None:
    shop = busy(
        did=(
            order("1", kind="return", amount=-500, state_received=None),
            order("2", kind="receipt", state="open", state_received=None),
            order("3", state="unknown", state_received="Na nuvem"),
            order("4", kind="unknown", state="unknown", state_received=None),
            order("5", kind="unknown", kind_received="Consignação", state_received=None),
            order("6", kind_received="Venda balcão", state_received=None),
        )
    )
    found = sorted(rows(shop.signed_in(), at(shop, "pedidos")), key=lambda row: row[1])
    assert [(row[0], row[2]) for row in found] == [
        ("Devolução", "Concluído"),
        ("Recibo", "Em aberto"),
        ("Pedido", "Na nuvem"),
        ("Outro", "Não informada"),
        ("Consignação", "Concluído"),
        ("Venda balcão", "Concluído"),
    ]


def test_currencies_are_summed_apart_and_only_purchases_are_summed(busy: Busy) -> None:
    dollars = order("2", currency="USD", amount=500, flags=("foreign_currency",))
    shop = busy(did=(order("1"), dollars, order("3", kind="quote"), order("4", state="cancelled")))
    text = read(shop.signed_in(), at(shop, "pedidos"))
    assert "US$ 5,00" in text
    assert "Em moeda estrangeira: não entra nas somas em reais." in text
    foot = text.split("1 pedido não cancelado")
    assert foot[1].split()[:2] == ["R$", "189,90"]
    assert foot[2].split()[:4] == ["em", "USD", "US$", "5,00"]


def test_a_long_list_of_orders_goes_page_by_page(busy: Busy) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    many = [order(str(n), placed_at=start + timedelta(days=n // 2)) for n in range(45)]
    shop = busy()
    activities.write(shop.mirror, "orders", *many)
    client, address, met = shop.signed_in(), at(shop, "pedidos"), list[str]()
    for size in (20, 20, 5):
        met += [row[1] for row in rows(client, address)]
        assert len(met) % 20 == size % 20
        older = client.get(address).text.rpartition('rel="next" href="')[2].partition('"')[0]
        address = older.replace("&amp;", "&")
    assert len(set(met)) == 45
    assert met == sorted(met, key=lambda name: -(int(name[5:]) // 2))


def test_one_order_has_items_their_sum_and_its_own_payments(busy: Busy) -> None:
    items = (Item("Tecido", "1.5", 1_000), Item("Linha", "2", 250, 500))
    shop = busy(did=(order("8001", items=items), payment(), payment("9002", order="8002")))
    client = shop.signed_in()
    address = at(shop, "pedidos/1")
    assert rows(client, address) == [
        ["Tecido", "1,5", "R$ 10,00", "R$ 15,00"],
        ["Linha", "2", "R$ 2,50", "R$ 5,00"],
    ]
    text = read(client, address)
    assert "R$ 20,00" in text.split("Soma dos itens")[1].split("Motivo")[0]
    assert "9001" in text
    assert "9002" not in text


def test_without_a_line_s_value_there_is_no_sum(busy: Busy) -> None:
    shop = busy(did=(order(items=(Item("Tecido", "1"), Item("Linha", "2", 250, 500))),))
    assert "Soma dos itens" not in read(shop.signed_in(), at(shop, "pedidos/1"))


def test_erased_texts_are_told_and_what_is_left_is_shown(busy: Busy) -> None:
    shop = busy(did=(order(), payment(), deal(), visit()))
    activities.remove(shop.mirror, "customers", DEUZENIR.external_id)
    shop.write(msgspec.structs.replace(DEUZENIR, version=9))
    client = shop.signed_in()
    for tab in ("pedidos", "pagamentos", "negocios", "visitas", "pedidos/1"):
        text = read(client, at(shop, tab))
        assert "Os textos foram apagados quando o cliente saiu" in text, tab
        for gone in ("Camiseta", "outubro", "Uniformes", "basica"):
            assert gone not in text
    assert "R$ 189,90" in read(client, at(shop, "pedidos"))


def test_deals_show_what_became_of_them(busy: Busy) -> None:
    closed = datetime(2026, 10, 1, 12, tzinfo=UTC)
    lost = deal("7002", state="lost", closed_at=closed, loss_reason="Preço", stage=None)
    won = deal("7003", state="won", title=None, opened_at=None, closed_at=closed)
    shop = busy(did=(deal(), lost, won, deal("7004", state="unqualified")))
    client = shop.signed_in()
    found = {row[0]: row[1:] for row in rows(client, at(shop, "negocios"))}
    assert found["7003"] == [
        *("Ganho", "R$ 12.500,00", "—", "01/10/2026", "Atacado · Proposta", "—"),
    ]
    states = [row[1] for row in rows(client, at(shop, "negocios"))]
    assert sorted(states) == ["Aberto", "Desqualificado", "Ganho", "Perdido"]
    assert "Preço" in read(client, at(shop, "negocios"))


def test_a_company_has_the_deals_of_its_people_with_who_they_are(busy: Busy) -> None:
    ana = somebody(1, company=COMPANY.external_id, name="Ana Prado")
    own = deal("7002", customer=COMPANY.external_id, title="Vitrine nova")
    shop = busy(COMPANY, ana, did=(deal(customer="C-1"), own))
    client = shop.signed_in()
    assert "Negócios 2" in tabs_of(client, at(shop, customer=COMPANY))
    found = {row[0]: row[-1] for row in rows(client, at(shop, "negocios", COMPANY))}
    assert found == {"Uniformes para a equipe": "Ana Prado", "Vitrine nova": "a própria empresa"}
    html = client.get(at(shop, "negocios", COMPANY)).text
    assert f'<a href="/clientes/{shop.id_of(ana)}"><bdi>Ana Prado</bdi></a>' in html


def test_visits_name_the_page_and_lead_to_the_order(busy: Busy) -> None:
    shop = busy(did=(order(), visit(), visit("6002", order="unknown", page="/carrinho")))
    client = shop.signed_in()
    assert rows(client, at(shop, "visitas")) == [
        ["05/10/2026 19:10", "/carrinho", "unknown"],
        ["05/10/2026 19:10", "https://loja.exemplo/camisetas/basica", "2026-8001"],
    ]
    html = client.get(at(shop, "visitas")).text
    assert f'href="{at(shop, "pedidos/1")}"' in html


UNSAFE = (
    "javascript:alert(1)",
    "http://loja.exemplo/",
    "data:text/html,<script>1</script>",
    "//loja.exemplo/",
    "https://loja.exemplo/?q=529.982.247-25",
    "https://loja.exemplo/?q=deuzenir.ferreira%40exemplo.com.br",
)


def test_only_safe_addresses_can_be_opened(busy: Busy) -> None:
    shop = busy(did=tuple(visit(str(n), page=one) for n, one in enumerate(UNSAFE)))
    activities.write(
        shop.mirror, "payments", *(payment(str(n), link=one) for n, one in enumerate(UNSAFE))
    )
    client = shop.signed_in()
    for tab in ("visitas", "pagamentos"):
        html = client.get(at(shop, tab)).text
        outside = re.findall(r'<a [^>]*href="([^"]+)" target="_blank"', html)
        assert set(outside) <= {DEUZENIR.master_url}
        for start in ("javascript", "http:", "data:", "//"):
            assert f'href="{start}' not in html
    assert html.count("só pode ser aberto no sistema de origem") == len(UNSAFE)
    assert "Abrir boleto" not in html
    recorded = len(shop.journal())
    for number in range(1, len(UNSAFE) + 1):
        refused = client.post(at(shop, f"pagamentos/{number}/boleto"))
        assert (refused.status_code, refused.location) == (404, None), number
    assert len(shop.journal()) == recorded


def test_markup_in_any_text_stays_text(busy: Busy) -> None:
    bad = "<img src=x onerror=window.owned=1>"
    shop = busy(
        did=(
            order(number=bad, state_received=bad, items=(Item(bad, bad),), seller=bad),
            payment(description=bad, state="unknown", state_received=bad),
            deal(title=bad, stage=bad, state="lost", loss_reason=bad),
            visit(page=bad),
        )
    )
    client = shop.signed_in()
    for tab in (*TABS, "pedidos/1"):
        html = client.get(at(shop, tab)).text
        assert "<img" not in html, tab
    assert "&lt;img src=x" in client.get(at(shop, "pedidos/1")).text


LATELY = datetime(2026, 10, 1, 12, tzinfo=UTC)
NUMBERS = ("529.982.247-25", "52998224725", "(11) 98765-4321", "deuzenir.ferreira@exemplo.com.br")


def riddled(place: int, number: str) -> tuple[Any, ...]:
    one = str(place)
    told = {"state_received": number, "state": "unknown"}
    items = (Item(number, number),)
    return (
        order(f"8{one}", number=number, items=items, seller=number, kind_received=number, **told),
        payment(f"9{one}", description=number, order=number, **told),
        deal(f"7{one}", title=number, stage=number, pipeline=number, loss_reason=number),
        deal(f"6{one}", title=number, state="lost", loss_reason="Desistência", closed_at=LATELY),
        deal(f"5{one}", title=number, state="won", closed_at=LATELY + timedelta(hours=1)),
        visit(f"4{one}", page=f"/busca/{number}", order=number),
    )


def test_a_customer_s_number_is_masked_in_every_text(busy: Busy) -> None:
    did = (one for place, number in enumerate(NUMBERS) for one in riddled(place, number))
    shop = busy(did=tuple(did))
    client = shop.signed_in()
    for tab in (*TABS, *ONES):
        html = unquote_plus(unescape(client.get(at(shop, tab)).text))
        assert ".982.247-" in html
        assert not [secret for secret in (*NUMBERS, *SECRETS) if secret in html], tab


def test_a_person_leads_to_the_company_and_the_company_to_its_people(busy: Busy) -> None:
    ana = somebody(1, company=COMPANY.external_id, name="Ana Prado")
    shop = busy(COMPANY, ana)
    client = shop.signed_in()
    assert tabs_of(client, at(shop, customer=ana)) == ["Resumo", "Empresa"]
    assert "Padaria Pão Quente Ltda" in read(client, at(shop, "contatos", ana))
    assert tabs_of(client, at(shop, customer=COMPANY)) == ["Resumo", "Contatos 2"]
    text = read(client, at(shop, "contatos", COMPANY))
    assert "Ivo Prates" in text
    assert "Ana Prado" in text


def test_a_company_that_is_not_here_is_named_by_its_id(busy: Busy) -> None:
    ana = somebody(1, company="77")
    shop = busy(ana)
    text = read(shop.signed_in(), at(shop, "contatos", ana))
    assert " ".join(text.split()).count("(ID 77 ) não está nesta cópia") == 1


def test_many_people_go_page_by_page(busy: Busy) -> None:
    shop = busy(COMPANY, *(somebody(n, company=COMPANY.external_id) for n in range(1, 24)))
    client = shop.signed_in()
    first = client.get(at(shop, "contatos", COMPANY)).text
    assert first.count('class="name"') == 20
    older = first.rpartition('rel="next" href="')[2].partition('"')[0]
    assert client.get(older).text.count('class="name"') == 3


def test_the_summary_shows_some_people_and_leads_to_all(busy: Busy) -> None:
    crowd = Customer(
        external_id="5",
        version=1,
        kind="PJ",
        contacts=tuple(Contact(f"Contato {n}", email=f"c{n}@loja.exemplo") for n in range(6)),
        dependents=tuple(Dependent(f"Nome {n}") for n in range(6)),
    )
    shop = busy(crowd)
    client = shop.signed_in()
    text = read(client, at(shop, customer=crowd))
    assert "Contato 3" in text
    assert "Contato 4" not in text
    assert "Ver os 6 contatos" in text
    assert "Ver os 6 dependentes" in text
    assert "Contato 5" in read(client, at(shop, "contatos", crowd))
    html = client.get(at(shop, "dependentes", crowd)).text
    assert 'value="dependent-5"' in html
    assert not [n for n in range(6) if f"Nome {n}" in html]


def test_what_a_registration_lacks_is_said_with_where_to_mend_it(busy: Busy) -> None:
    lacking = msgspec.structs.replace(DEUZENIR, phones=(), addresses=())
    shop = busy(lacking, required=("name", "phone", "address", "email"))
    html = shop.signed_in().get(at(shop)).text
    assert "falta telefone, endereço" in html
    assert '<a href="https://origem.exemplo/clientes/446735" target="_blank"' in html


def test_nothing_is_said_of_a_complete_registration(busy: Busy) -> None:
    shop = busy(required=("name", "phone"))
    assert "incompleto" not in read(shop.signed_in(), at(shop))


def test_the_last_purchase_is_the_newest_order_s(busy: Busy) -> None:
    shop = busy(did=(order(placed_at=datetime(2026, 11, 2, 1, tzinfo=UTC)),))
    text = read(shop.signed_in(), at(shop))
    assert text.split("Última compra")[1].split()[0] == "01/11/2026"


def test_payments_show_due_dates_and_amounts_apart(busy: Busy) -> None:
    paid = payment(state="paid", paid_at=datetime(2026, 10, 19, 12, tzinfo=UTC), paid_amount=19_500)
    shop = busy(did=(order(), paid, payment("9002", due_on=date(2026, 11, 1), state="cancelled")))
    found = rows(shop.signed_in(), at(shop, "pagamentos"))
    assert [row[1:6] for row in found] == [
        ["Cancelada", "01/11/2026", "—", "R$ 189,90", "—"],
        ["Paga", "20/10/2026", "19/10/2026 09:00", "R$ 189,90", "R$ 195,00"],
    ]
    assert found[0][0] == "Mensalidade de outubro 9002 Pedido 2026-8001"
    assert found[0][6] == "", "nobody is to pay what was called off"


def test_page_terminal_and_export_tell_the_same_last_purchase(busy: Busy) -> None:
    bought = datetime(2026, 12, 3, 15, tzinfo=UTC)
    shop = busy(
        msgspec.structs.replace(DEUZENIR, last_purchase_at=None), did=(order(placed_at=bought),)
    )
    found = get(shop.mirror, shop.id_of(DEUZENIR))

    assert found
    [row] = export(shop.mirror)

    assert "Última compra 03/12/2026" in " ".join(read(shop.signed_in(), at(shop)).split())
    (card,) = cards(shop.mirror, [found], "staff")
    assert card.last_purchase_at == bought
    assert row["last_purchase_at"] == "2026-12-03T15:00:00Z"
