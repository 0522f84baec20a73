"""Charges of a month: filters, numbers, sums and list say the same thing, and nobody's number."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from html import unescape

import pytest
from flask.testing import FlaskClient

from mirror.records import PAYMENT_STATES
from mirror.store.engine import Database
from tests.fakes.activities import charge, remove, write
from tests.fakes.clientele import CPF_SHOWN, DEUZENIR, EVERYBODY, NOTE_CPF
from tests.fakes.shopfront import Shopfront, open_shop
from web import charges
from web.look import formats
from web.look.addresses import STATES


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """It is the tenth of February, unless it is said to be another day."""

    def is_now(day: str) -> None:
        monkeypatch.setattr(formats, "today", lambda: date.fromisoformat(day))

    is_now("2026-02-10")
    return is_now


@pytest.fixture
def shop(mirror_with: Callable[..., Database], ledger: Database) -> Shopfront:
    shop = open_shop(mirror_with, ledger, *EVERYBODY)
    whose = {"customer": DEUZENIR.external_id}
    noon = datetime(2026, 2, 3, 15, tzinfo=UTC)
    write(
        shop.mirror,
        "payments",
        charge("A", "2026-02-20", "scheduled", **whose),
        charge("B", "2026-02-10", "issued", **whose),
        charge("C", "2026-02-09", "issued", **whose),
        charge("D", "2026-02-01", "overdue", amount=250_050, **whose),
        charge("E", "2026-02-03", "paid", paid_at=noon, paid_amount=1_100, **whose),
        charge("F", "2026-02-03", "paid", paid_at=noon, currency="USD", **whose),
        charge("G", "2026-02-04", "cancelled", **whose),
        charge("H", "2026-02-05", "deleted", **whose),
        charge("I", "2026-02-06", "unknown", state_received="Em protesto", **whose),
        charge("J", "2026-04-01", "issued", **whose),
    )
    return shop


def page(client: FlaskClient, address: str = "/cobrancas") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.text).replace("\xa0", " ")


def tiles(html: str) -> dict[str, tuple[str, int, list[str]]]:
    """By filter: its address, its number, its sums."""
    nav = html.partition('<nav class="axis')[2].partition("</nav>")[0]
    found = re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)<b class="num">([\d.]+)</b>(.*?)</a>', nav)
    return {
        label: (url, int(number), re.findall(r"<small[^>]*>([^<]+)<", sums))
        for url, label, number, sums in found
    }


def rows(html: str) -> list[list[str]]:
    """Every cell of the list, as a reader has it."""
    body = html.partition("<tbody")[2].partition("</tbody>")[0]
    return [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"(?s)<td.*?</td>", row)
        ]
        for row in re.findall(r"(?s)<tr.*?</tr>", body)
    ]


def walk(client: FlaskClient, address: str) -> list[list[str]]:
    """The rows of every page, from this one to the last."""
    found: list[list[str]] = []
    while address:
        html = page(client, address)
        found += rows(html)
        further = re.search(r'rel="next" href="([^"]+)">Próximas', html)
        address = further[1] if further else ""
    return found


def reais(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def test_a_month_lists_its_charges_earliest_first(shop: Shopfront) -> None:
    found = rows(page(shop.signed_in()))

    assert [row[0][:2] for row in found] == ["01", "03", "03", "04", "05", "06", "09", "10", "20"]
    assert found[0][:4] == ["01/02/2026", "—", "Deuzenir Ferreira", "Sem descrição"]
    assert found[0][4:] == ["R$ 2.500,50", "Em atraso", "—"]
    assert found[1][4:] == ["R$ 10,00", "Paga", "03/02/2026 pago R$ 11,00"]
    assert [row[5] for row in found] == [
        "Em atraso", "Paga", "Paga", "Cancelada", "Excluída", "Em protesto", "Em atraso", "Emitida",
        "Agendada",
    ]  # fmt: skip


def test_a_name_leads_to_its_customer(shop: Shopfront) -> None:
    assert f'href="/clientes/{shop.id_of(DEUZENIR)}"' in page(shop.signed_in())


def test_what_is_charged_leads_to_that_payment(shop: Shopfront) -> None:
    whose = {"customer": DEUZENIR.external_id, "description": "Matrícula"}
    write(shop.mirror, "payments", charge("K", "2026-06-01", "issued", amount=7_700, **whose))
    client = shop.signed_in()

    found = re.search(r'<a href="([^"]+)"><bdi>Matr', page(client, "/cobrancas?mes=2026-06"))

    assert found
    assert found[1].startswith(f"/clientes/{shop.id_of(DEUZENIR)}/pagamentos/")
    payment = page(client, found[1])
    assert "R$ 77,00" in payment
    assert "R$ 10,00" not in payment


def test_every_filter_has_its_number_and_its_sum_with_other_currencies_apart(
    shop: Shopfront,
) -> None:
    found = {label: one[1:] for label, one in tiles(page(shop.signed_in())).items()}

    assert found == {
        "Todas": (9, ["R$ 2.570,50", "US$ 10,00"]),
        "Agendadas": (1, ["R$ 10,00"]),
        "Emitidas": (1, ["R$ 10,00"]),
        "Em atraso": (2, ["R$ 2.510,50"]),
        "Pagas": (2, ["R$ 10,00", "US$ 10,00"]),
        "Canceladas": (1, ["R$ 10,00"]),
        "Excluídas": (1, ["R$ 10,00"]),
        "Outras": (1, ["R$ 10,00"]),
    }


def test_the_pages_of_a_filter_are_its_number_and_its_sum(
    shop: Shopfront, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charges, "PER_PAGE", 2)
    client = shop.signed_in()
    for url, number, sums in tiles(page(client)).values():
        listed = [row[4] for row in walk(client, url)]
        foot = page(client, url).partition('class="foot"')[2]

        assert len(listed) == number
        assert sum(reais(one) for one in listed) == sum(map(reais, sums))
        assert all(one in foot for one in sums)
        assert f"{number} cobrança" in foot


def test_what_was_issued_is_overdue_everywhere_from_midnight_on(
    shop: Shopfront, today: Callable[[str], None]
) -> None:
    today("2026-02-11")
    client = shop.signed_in()
    found = tiles(page(client))

    assert (found["Emitidas"][1], found["Em atraso"][1]) == (0, 3)
    assert [row[0] for row in walk(client, found["Em atraso"][0])] == [
        "01/02/2026",
        "09/02/2026",
        "10/02/2026",
    ]
    assert walk(client, found["Emitidas"][0]) == []


def test_pages_go_on_and_back(shop: Shopfront, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charges, "PER_PAGE", 4)
    client = shop.signed_in()
    first = page(client)
    second = page(client, _link(first, "next", "Próximas"))

    assert [row[0] for row in rows(page(client, _link(second, "prev", "")))] == [
        row[0] for row in rows(first)
    ]
    assert [row[0][:2] for row in rows(second)] == ["05", "06", "09", "10"]


def _link(html: str, rel: str, text: str) -> str:
    pager = html.partition('class="pager"')[2]
    found = re.search(rf'rel="{rel}" href="([^"]+)">{text}', pager)
    assert found
    return found[1]


def test_a_page_that_is_gone_leads_to_the_first(shop: Shopfront) -> None:
    address = "/cobrancas?mes=2026-02&situacao=pagas&depois=2026-02-27.99"
    answer = shop.signed_in().get(address)

    assert answer.status_code == 303
    assert answer.location == "/cobrancas?mes=2026-02&situacao=pagas"


def test_what_nobody_knows_is_left_out(shop: Shopfront) -> None:
    client = shop.signed_in()
    for wrong in (
        "mes=2026-13",
        "mes=0000-01",
        "mes=fevereiro",
        "situacao=x",
        "depois=x",
        "antes=.",
        "depois=2026-02-01.9999999999999999999",
    ):
        assert len(rows(page(client, f"/cobrancas?{wrong}"))) == 9, wrong


def test_months_to_choose_are_those_there_are_and_this_one(
    shop: Shopfront, today: Callable[[str], None]
) -> None:
    today("2026-03-05")
    html = page(shop.signed_in(), "/cobrancas?mes=2026-02&situacao=pagas")

    options = re.findall(r'<option value="([^"]+)"( selected)?>([^<]+)<', html)
    assert options == [
        ("2026-04", "", "abril de 2026"),
        ("2026-03", "", "março de 2026"),
        ("2026-02", " selected", "fevereiro de 2026"),
    ]
    assert 'href="/cobrancas?mes=2026-01&situacao=pagas" aria-label="Mês anterior"' in html
    assert 'href="/cobrancas?mes=2026-03&situacao=pagas" aria-label="Mês seguinte"' in html
    assert '<input type="hidden" name="situacao" value="pagas">' in html


def test_charges_without_any_date_have_a_place_of_their_own(shop: Shopfront) -> None:
    write(shop.mirror, "payments", charge("K", None, "issued"))
    html = page(shop.signed_in(), "/cobrancas?mes=sem-data")

    assert '<option value="sem-data" selected>Sem data</option>' in html
    assert rows(html) == [["—", "—", "Sem cliente", "—", "R$ 10,00", "Emitida", "—"]]
    assert tiles(html)["Emitidas"][1] == 1


def test_a_month_lists_by_the_day_of_issue_too(shop: Shopfront) -> None:
    whose = {"customer": DEUZENIR.external_id}
    write(
        shop.mirror,
        "payments",
        charge("K", "2026-07-10", "issued", issued_on=date(2026, 6, 30), **whose),
        charge("L", "2026-02-01", "issued", issued_on=date(2026, 6, 2), **whose),
    )
    client = shop.signed_in()

    found = page(client, "/cobrancas?mes=2026-06&por=emissao")

    assert [(row[0], row[1], row[5]) for row in rows(found)] == [
        ("01/02/2026", "02/06/2026", "Em atraso"),
        ("10/07/2026", "30/06/2026", "Emitida"),
    ]
    assert tiles(found)["Em atraso"][1:] == (1, ["R$ 10,00"])
    [late] = rows(page(client, tiles(found)["Em atraso"][0]))
    assert late[1] == "02/06/2026"
    assert 'aria-current="page">Por emissão' in found
    assert '<input type="hidden" name="por" value="emissao">' in found
    by_due = re.search(r'<a href="([^"]+)">Por vencimento', found)
    assert by_due
    assert rows(page(client, by_due[1])) == []


def test_whose_a_charge_is_where_there_is_no_name(shop: Shopfront) -> None:
    remove(shop.mirror, "customers", DEUZENIR.external_id)
    write(shop.mirror, "payments", charge("Y", "2026-04-02", customer="ninguém"))
    write(shop.mirror, "payments", charge("Z", "2026-04-03"))

    found = rows(page(shop.signed_in(), "/cobrancas?mes=2026-04"))

    assert [row[2] for row in found] == [
        "Cliente removido",
        "Cliente ainda não chegou",
        "Sem cliente",
    ]


@pytest.mark.parametrize("customer", [DEUZENIR.external_id, "ninguém"])
def test_a_number_in_a_text_is_masked(shop: Shopfront, customer: str) -> None:
    numbers = (CPF_SHOWN, NOTE_CPF, "(11) 98765-4321", "x@exemplo.com.br")
    for number in numbers:
        texts = {"description": f"Mensalidade {number}", "state_received": number}
        one = charge(number, "2026-05-01", "unknown", customer=customer, **texts)
        write(shop.mirror, "payments", one)

    html = page(shop.signed_in(), "/cobrancas?mes=2026-05")

    assert html.count("Mensalidade") == len(numbers)
    assert not [number for number in numbers if number in html]


def test_a_month_and_a_filter_with_nothing_say_so(shop: Shopfront) -> None:
    client = shop.signed_in()

    assert "nada vence neste mês" in page(client, "/cobrancas?mes=2025-12")
    assert "Nenhuma cobrança agendada" in page(client, "/cobrancas?mes=2026-04&situacao=agendadas")


def test_a_shop_without_charges_is_told_kindly(
    mirror_with: Callable[..., Database], ledger: Database
) -> None:
    html = page(open_shop(mirror_with, ledger, *EVERYBODY).signed_in())

    assert "Ainda não há cobranças aqui" in html
    assert "<table" not in html
    assert "<select" not in html


def test_everybody_signed_in_may_look_and_a_page_is_a_row_with_its_number_and_no_value(
    shop: Shopfront,
) -> None:
    assert shop.app.test_client().get("/cobrancas").status_code == 303
    page(shop.signed_in("attendant"))
    (row,) = shop.journal()
    assert (row.action, row.customer) == ("charges", None)
    assert re.fullmatch(r"list hits=\d+ mark=[0-9a-f]{16}", row.detail or "")


def test_every_state_has_a_filter() -> None:
    assert set(STATES.values()) == set(PAYMENT_STATES)
