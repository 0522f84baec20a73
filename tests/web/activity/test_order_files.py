"""An order's information as a file: written down first, masked, and inert in a spreadsheet."""

import csv
import io
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from werkzeug.test import TestResponse

from mirror.ledger import journal
from mirror.records import Item
from mirror.store.engine import Database
from tests.fakes.clientele import COMPANY, DEUZENIR, SECRETS
from tests.fakes.dealings import BARCODE, BOLETO, CODE, PIX, order, payment
from tests.fakes.shopfront import Shopfront
from tests.web.active_shop import Busy, at, opener
from web.activity.order_files import _WRITERS
from web.activity.order_pdf import WIDE, amounts, document, pairs, text
from web.shop import ALLOWED

FORMULAS = ("=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "＝1+1", " =1", "%0A", "|calc")


@pytest.fixture
def busy(mirror_with: Callable[..., Database], ledger: Database) -> Busy:
    return opener(mirror_with, ledger)


def take(client: FlaskClient, shop: Shopfront, ending: str, **more: Any) -> TestResponse:
    address = at(shop, f"pedidos/1/arquivo.{ending}", more.pop("customer", DEUZENIR))
    return client.post(address, data={"reason": more.pop("reason", "nota")})


def text_of(pdf: bytes) -> str:
    """What stands on the pages, line by line."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return "\n".join(pages).replace("\xa0", " ")


def table(answer: TestResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_each_format_is_a_file_of_its_kind(busy: Busy) -> None:
    shop = busy(did=(order(), payment()))
    client = shop.signed_in()
    kinds = {
        "pdf": "application/pdf",
        "csv": "text/csv; charset=utf-8",
        "json": "application/json",
    }
    assert {ending: kind for ending, (kind, _) in _WRITERS.items()} == kinds
    for ending, kind in kinds.items():
        answer = take(client, shop, ending)
        assert (answer.status_code, answer.content_type) == (200, kind)
        told = answer.headers["Content-Disposition"]
        assert told == f'attachment; filename="pedido-8001.{ending}"'
        assert answer.headers["Cache-Control"] == "no-store"
    assert take(client, shop, "exe").status_code == 404


def test_the_row_is_written_with_who_what_and_why(busy: Busy) -> None:
    shop = busy(did=(order(),))
    take(shop.signed_in(), shop, "pdf")
    (row,) = shop.journal()
    assert (row.action, row.reason, row.detail) == ("download", "nota", "pedido 8001 pdf")
    assert (row.actor, row.external_id) == ("ana", "446735")


def test_no_journal_no_file(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise journal.AuditUnavailable("disk full")

    shop = busy(did=(order(),))
    client = shop.signed_in()
    monkeypatch.setattr(journal, "record", broken)
    for ending in ("pdf", "csv", "json"):
        answer = take(client, shop, ending)
        assert answer.status_code == 503
        assert "Content-Disposition" not in answer.headers
        assert b"Camiseta" not in answer.data


def test_who_may_not_gets_neither_button_nor_file(
    busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = busy(did=(order(),))
    client = shop.signed_in()
    assert "arquivo.pdf" in client.get(at(shop, "pedidos/1")).text
    monkeypatch.setitem(ALLOWED, "download", ("supervisor",))
    assert take(client, shop, "csv").status_code == 403
    assert "arquivo.pdf" not in client.get(at(shop, "pedidos/1")).text
    assert [(row.action, row.outcome) for row in shop.journal()] == [
        ("open", "done"),
        ("download", "refused"),
        ("open", "done"),
    ]


def test_a_file_is_asked_for_by_post_with_a_reason_and_by_its_own_customer(busy: Busy) -> None:
    shop = busy(DEUZENIR, COMPANY, did=(order(),))
    client = shop.signed_in()
    assert client.get(at(shop, "pedidos/1/arquivo.pdf")).status_code == 405
    assert take(client, shop, "pdf", reason="curiosidade").status_code == 400
    assert take(client, shop, "pdf", customer=COMPANY).status_code == 404
    assert take(shop.app.test_client(), shop, "pdf").status_code in (302, 303, 401)
    assert shop.journal() == []


def test_json_says_it_all_in_plain_values(busy: Busy) -> None:
    items = (Item("Tecido", "1.5", 1_000), Item("Linha", "2", 250, 500))
    shop = busy(did=(order(items=items), payment()))
    body = msgspec.json.decode(take(shop.signed_in(), shop, "json").data)
    assert body["order"] == "2026-8001"
    assert body["placed_at"] == "2026-10-05T19:30:00-03:00"
    assert (body["currency"], body["amount"]) == ("BRL", "189.90")
    assert body["customer"] == {
        "id": "446735",
        "name": "Deuzenir Ferreira",
        "document": "***.982.247-**",
    }
    assert body["items"][0] == {
        "name": "Tecido",
        "quantity": "1.5",
        "amount": "10.00",
        "total": "15.00",
    }
    assert body["payments"][0] | {"situation": ""} == {
        "payment": "9001",
        "situation": "",
        "due_on": "2026-10-20",
        "paid_at": None,
        "currency": "BRL",
        "amount": "189.90",
        "paid_amount": None,
    }


def test_csv_is_what_a_spreadsheet_here_reads(busy: Busy) -> None:
    refund = order(amount=-1_050, items=(Item('Boné; "azul"', "1", 1_050, -1_050), Item("Fita")))
    shop = busy(did=(refund,))
    answer = take(shop.signed_in(), shop, "csv")
    assert answer.data.startswith(
        b"\xef\xbb\xbf"
    )  # without it Excel takes UTF-8 for something else
    first, second = table(answer)
    assert first["item"] == 'Boné; "azul"'
    assert first["valor_do_item"] == first["valor_do_pedido"] == "-10,50"
    assert first["valor_unitario"] == "10,50"
    assert (second["item"], second["valor_unitario"], second["valor_do_item"]) == ("Fita", "", "")
    assert first["criado_em"] == "05/10/2026 19:30"


def test_an_order_without_items_is_one_line(busy: Busy) -> None:
    shop = busy(did=(order(items=()),))
    (only,) = table(take(shop.signed_in(), shop, "csv"))
    assert (only["pedido"], only["item"], only["valor_do_pedido"]) == ("2026-8001", "", "189,90")


def test_no_cell_is_run_as_a_formula(busy: Busy) -> None:
    items = tuple(Item(bad, bad) for bad in FORMULAS)
    evil = msgspec.structs.replace(DEUZENIR, name="=HYPERLINK(1)")
    told = order(number="=1", state_received="@x", seller="=1", items=items)
    shop = busy(evil, did=(told,))
    lines = table(take(shop.signed_in(), shop, "csv"))
    assert len(lines) == len(FORMULAS)
    for line in lines:
        for name in ("pedido", "situacao", "cliente", "item"):
            assert line[name].startswith("'"), (name, line[name])
        assert not line["quantidade"].lstrip().startswith(("=", "+", "@", "|"))


def test_a_negative_number_is_still_a_number(busy: Busy) -> None:
    shop = busy(did=(order(items=(Item("Troca", "-1.5", 100, -150),)),))
    (only,) = table(take(shop.signed_in(), shop, "csv"))
    assert (only["quantidade"], only["valor_do_item"]) == ("-1,5", "-1,50")


def test_no_file_says_more_than_the_screen(busy: Busy) -> None:
    loud = " ".join(("529.982.247-25", "(11) 98765-4321", "deuzenir.ferreira@exemplo.com.br"))
    did = order(number=loud, items=(Item(loud, loud),), seller=loud, state_received=loud)
    shop = busy(did=(did, payment(description=loud)))
    client = shop.signed_in()
    files = [take(client, shop, ending) for ending in ("csv", "json", "pdf")]
    told = "".join((*(file.data.decode() for file in files[:2]), text_of(files[2].data)))
    assert "***.982.247-**" in told
    assert not [one for one in (*SECRETS, CODE, BARCODE, PIX, BOLETO) if one in told]


def test_a_quantity_that_is_somebodys_number_is_masked_and_counts_as_none(busy: Busy) -> None:
    items = (Item("Boné", "52998224725", 100), Item("Fita", "2", 100))
    shop = busy(did=(order(items=items),))
    client = shop.signed_in()
    first, second = table(take(client, shop, "csv"))
    assert (first["quantidade"], first["valor_do_item"]) == ("***.982.247-**", "")
    assert (second["quantidade"], second["valor_do_item"]) == ("2", "2,00")
    told = client.get(at(shop, "pedidos")).text + client.get(at(shop, "pedidos/1")).text
    assert not [form for form in ("52998224", "52.998.224", "529.982.247") if form in told]


def test_an_id_that_is_a_document_names_no_file(busy: Busy) -> None:
    shop = busy(did=(order("52998224725"),))
    answer = take(shop.signed_in(), shop, "csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="pedido-1.csv"'
    assert shop.journal()[0].detail == "pedido ***.982.247-** csv"


def test_the_pdf_has_every_item_and_wraps_onto_pages(busy: Busy) -> None:
    items = tuple(Item(f"Peça {n} ção (com \\ barra)", "1", 100, 100) for n in range(90))
    shop = busy(did=(order(items=items), payment()), shop_name="Loja da Praça")
    answer = take(shop.signed_in(), shop, "pdf")
    assert answer.data.startswith(b"%PDF-1.")
    assert answer.data.rstrip().endswith(b"%%EOF")
    assert len(PdfReader(io.BytesIO(answer.data)).pages) == 2
    told = text_of(answer.data)
    assert told.startswith("Loja da Praça\nPedido 2026-8001\n")
    assert [f"Peça {n} ção (com \\ barra)" in told for n in range(90)] == [True] * 90
    assert "Soma dos itens\n" in told
    assert "R$ 90,00" in told
    assert "Mensalidade de outubro" in told
    assert "2/2" in told


def test_the_titles_of_a_table_stand_on_every_page_it_takes() -> None:
    rows = [(f"Peça {n}", "1") for n in range(150)]
    pdf = document("título", "pé", [amounts(("Item", "Valor"), rows, (300, 100), ("Soma", "9"))])
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    assert [("Item" in page, f"pé · {n}/3" in page) for n, page in enumerate(pages, 1)] == [
        (True, True)
    ] * 3


def test_what_sets_pages_is_loaded_by_the_first_who_asks_for_one() -> None:
    told = "import sys, web.app; print('reportlab' in sys.modules, 'flask' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout == "False True\n"


def test_what_a_font_does_not_have_is_a_question_mark() -> None:
    pdf = document("título", "pé", [text("camisa 👕 ½ – “boa”")])
    assert "camisa ? ½ – “boa”" in text_of(pdf)


def test_what_looks_like_markup_is_printed_and_does_nothing() -> None:
    loud = "<b>x</b> &amp; <img src='http://127.0.0.1:9/a.png'/> </para>"
    assert loud in text_of(document("título", "pé", [text(loud)]))


@pytest.mark.parametrize("times", [1, 400])
def test_texts_wrap_where_they_must_and_are_never_lost(times: int) -> None:
    long = "palavra " * 20 * times + "x" * 200
    lines = text_of(document("", "", [pairs([("Item", long)], WIDE - 120)])).splitlines()
    told = [line.removeprefix("Item") for line in lines if "x" in line or "palavra" in line]
    assert all(stringWidth(line.strip(), "Helvetica", 10) <= 120 for line in told)
    assert "".join(told).replace(" ", "") == long.replace(" ", "")
    assert document("", "", [pairs([("Item", "")], 90)])
