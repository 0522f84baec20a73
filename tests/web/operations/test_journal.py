"""The audit page: who saw what, for those who answer for it."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

from flask.testing import FlaskClient

from mirror.ledger.copies import Outside
from mirror.ledger.journal import Entry, head, record
from tests.fakes.clientele import CPF_SHOWN, DEUZENIR, SECRETS
from tests.fakes.shopfront import Shopfront
from web.settings import Installed
from web.shop import EXTENSION


def busy_day(shop: Shopfront) -> None:
    ana = shop.signed_in("attendant", "ana")
    customer = shop.id_of(DEUZENIR)
    ana.post("/clientes/busca", data={"q": CPF_SHOWN})
    ana.get(f"/clientes/{customer}")
    ana.post(f"/clientes/{customer}/revelar", data={"field": "phone-1", "reason": "nota"})


def told(client: FlaskClient, address: str = "/auditoria", **asked: object) -> str:
    """The table alone: above it stand the names of all that may be chosen."""
    return unescape(client.get(address, query_string=asked).text).partition("<tbody")[2]


def test_a_supervisor_reads_who_did_what(shop: Shopfront) -> None:
    busy_day(shop)
    html = unescape(shop.signed_in("supervisor", "rui").get("/auditoria").text)
    for shown in ("Buscou", "CPF: 1 encontrado", "Abriu o cadastro", "Revelou"):
        assert shown in html
    for shown in ("Telefone 2", "Nota fiscal ou entrega", "ID 446735", "Consultou a auditoria"):
        assert shown in html
    assert not [secret for secret in SECRETS if secret in html]


def test_newest_comes_first(shop: Shopfront) -> None:
    busy_day(shop)
    html = told(shop.signed_in("supervisor", "rui"))
    assert html.index("Revelou") < html.index("Abriu o cadastro") < html.index("Buscou")


def test_it_can_be_narrowed_to_one_person(shop: Shopfront) -> None:
    busy_day(shop)
    rui = shop.signed_in("supervisor", "rui")
    assert "Revelou" in told(rui, pessoa="ana")
    assert "Revelou" not in told(rui, pessoa="rui")


def test_an_attendant_may_not_read_it(shop: Shopfront) -> None:
    client = shop.signed_in("attendant")
    assert client.get("/auditoria").status_code == 403
    assert "/auditoria" not in client.get("/clientes").text
    _, row = shop.journal()
    assert (row.actor, row.action, row.outcome) == ("ana", "audit", "refused")


def many(shop: Shopfront, number: int) -> None:
    entries = (Entry("device", "caixa 1", "lookup", detail=f"n{one}") for one in range(number))
    record(shop.ledger, *entries)


def test_it_goes_to_the_end_and_back(shop: Shopfront) -> None:
    many(shop, 250)
    rui = shop.signed_in("supervisor", "rui")
    address: str | None = "/auditoria?terminal=caixa+1"
    pages = []
    while address:
        html = rui.get(address).text
        pages.append(re.findall(r">n(\d+)<", html))
        found = re.search(r'rel="next" href="([^"]+)"', html)
        address = unescape(found[1]) if found else None
    assert [len(page) for page in pages] == [100, 100, 50]
    assert [int(one) for page in pages for one in page] == list(range(249, -1, -1))
    back = re.search(r'rel="prev" href="([^"]+)"', html)
    assert back is not None
    assert re.findall(r">n(\d+)<", rui.get(unescape(back[1])).text) == pages[1]


def test_it_is_narrowed_by_act_and_day(shop: Shopfront) -> None:
    busy_day(shop)
    rui = shop.signed_in("supervisor", "rui")
    assert "Buscou" not in told(rui, acao="reveal")
    assert "Revelou" in told(rui, acao="reveal", de="2000-01-01")
    assert told(rui, de="2999-01-01") == told(rui, ate="2000-01-01") == ""
    assert "Revelou" in told(rui, de="ontem", ate="9999-12-31", acao="nada", cliente="x")


def test_who_saw_a_customer_is_told_on_their_page_to_those_who_may(shop: Shopfront) -> None:
    busy_day(shop)
    here = f"/clientes/{shop.id_of(DEUZENIR)}"
    rui = shop.signed_in("supervisor", "rui")
    assert f'href="{here}/acessos"' in rui.get(here).text
    seen = told(rui, f"{here}/acessos")
    for shown in ("ana", "Revelou", "Telefone 2", "Nota fiscal ou entrega"):
        assert shown in seen
    assert shop.journal()[0].external_id == DEUZENIR.external_id  # of who looked, too
    ana = shop.signed_in("attendant", "bia")
    assert "acessos" not in ana.get(here).text
    assert ana.get(f"{here}/acessos").status_code == 403


def test_it_says_whether_it_is_whole(shop: Shopfront) -> None:
    busy_day(shop)
    rui = shop.signed_in("supervisor", "rui")
    assert "Inteira:" in rui.post("/auditoria/conferir").text
    with shop.ledger.writing() as connection:
        connection.exec_driver_sql("UPDATE audit SET actor = 'rui' WHERE id = 3")
    assert "mexida no registro nº 3" in rui.post("/auditoria/conferir").text


def test_it_says_whether_it_leads_to_what_was_noted_outside(
    shop: Shopfront, tmp_path: Path
) -> None:
    outside = Outside(tmp_path / "heads")
    rui = shop.signed_in("supervisor", "rui")
    shop.app.extensions[EXTENSION] = replace(
        shop.app.extensions[EXTENSION], installed=Installed(noted=outside.noted)
    )
    assert "Nenhuma cabeça foi anotada" in rui.post("/auditoria/conferir").text
    busy_day(shop)
    outside.note(shop.ledger)
    number = int(head(shop.ledger).partition(":")[0])
    said = rui.post("/auditoria/conferir").text
    assert f"do registro nº {number}: até ali nada foi cortado" in " ".join(said.split())

    with shop.ledger.writing() as connection:
        connection.exec_driver_sql(f"DELETE FROM audit WHERE id > {number - 2}")
    said = " ".join(rui.post("/auditoria/conferir").text.split())
    assert "Inteira:" in said, "its chain alone shows nothing"
    assert f"Lá havia {number} registros" in said
    assert "até ali nada foi cortado" not in said


def test_another_journal_than_the_one_that_was_noted_is_told(
    shop: Shopfront, tmp_path: Path
) -> None:
    file = tmp_path / "heads"
    file.write_text(f"2026-01-02T03:04:05+00:00 1:{'ab' * 32}\n")
    shop.app.extensions[EXTENSION] = replace(
        shop.app.extensions[EXTENSION], installed=Installed(noted=Outside(file).noted)
    )
    rui = shop.signed_in("supervisor", "rui")
    busy_day(shop)
    said = " ".join(rui.post("/auditoria/conferir").text.split())
    assert "02/01/2026" in said
    assert "diz outra coisa agora" in said


def test_it_is_taken_out_with_its_head_and_no_cell_runs(shop: Shopfront) -> None:
    record(shop.ledger, Entry("command", "root", "export", reason="=cmd()"))
    busy_day(shop)
    rui = shop.signed_in("supervisor", "rui")
    answer = rui.post("/auditoria/arquivo.csv", data={"pessoa": "ana"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="auditoria.csv"'
    lines = answer.text.splitlines()
    assert lines[0].startswith('\ufeff"id";"at";')
    assert lines[-1] == f'"head";"{head(shop.ledger)}"'
    assert len(lines) > 3
    assert "=cmd" not in answer.text
    assert '"\'=cmd()"' in rui.post("/auditoria/arquivo.csv").text
    assert not [secret for secret in SECRETS if secret in answer.text]
    assert rui.post("/auditoria/arquivo.pdf").status_code == 404
