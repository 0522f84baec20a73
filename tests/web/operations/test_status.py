"""Freshness on every page and answer, and the health of the service."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from mirror.records import Customer
from mirror.standing import Rules
from mirror.store.engine import Database
from mirror.store.progress import (
    Checkpoint,
    Word,
    count_words,
    now_us,
    save_checkpoint,
    start_run,
)
from mirror.store.sealing import Keyring
from mirror.store.tables import hold, run
from tests.fakes.clientele import DEUZENIR
from tests.fakes.shopfront import Shopfront, open_shop
from tests.fakes.stage import plain
from tests.web.listed_shop import fill, listed_shop
from tests.web.unread import keep_unread
from web.accounts import session
from web.accounts.staff import ROLES
from web.settings import SourceRules, Wording

JSON = {"Accept": "application/json"}


def aged(shop: Shopfront, seconds: int, problem: str | None = None) -> None:
    then = now_us() - seconds * 1_000_000
    point = Checkpoint(
        source="loja", listed_at=then, succeeded_at=then, attempted_at=then, interval_s=60,
        problem=problem,
    )  # fmt: skip
    with shop.mirror.writing() as connection:
        save_checkpoint(connection, point)


@pytest.mark.parametrize(
    ("seconds", "state", "label"),
    [
        (40, "fresh", "Atualizado há 40 s"),
        (600, "late", "Atrasado: atualizado há 10 min"),
        (7300, "stopped", "Parado: atualizado há 2 h"),
        (3 * 86_400, "stopped", "Parado: atualizado há 3 dias"),
        (-9 * 365 * 86_400, "stopped", "Idade da cópia desconhecida"),
    ],
)
def test_every_page_says_how_old_the_copy_is(
    shop: Shopfront, seconds: int, state: str, label: str
) -> None:
    aged(shop, seconds)
    client = shop.signed_in()
    for address in ("/clientes", f"/clientes/{shop.id_of(DEUZENIR)}", "/categorias", "/nada"):
        html = client.get(address).text
        assert f"fresh-{state}" in html
        assert label.rsplit(" ", 2)[0] in html
    told = client.get("/frescor", headers=JSON).json
    assert told is not None
    assert told["state"] == state


def test_a_copy_that_is_not_fresh_says_why(shop: Shopfront) -> None:
    aged(shop, 7300, "The master answered 503.")
    html = shop.signed_in().get("/clientes").text
    assert "O sistema de origem não responde ou a sincronização parou" in html
    assert 'id="fresh-notice" role="status">' in html  # and it is not hidden
    page = shop.signed_in(login="rui").get("/frescor").text
    assert "Causa</dt><dd>Ninguém está lendo<" in page
    assert "loja" in page


@pytest.mark.parametrize("role", ROLES)
def test_what_the_program_says_in_english_is_for_who_looks_after_the_installation(
    shop: Shopfront, role: str
) -> None:
    aged(shop, 7300, "The master answered 503.")
    page = shop.signed_in(role).get("/frescor").text
    for technical in ("The master answered 503.", "O conector está parado", 'href="/operacao"'):
        assert (technical in page.partition("<main")[2]) == (role == "administrator")


def test_strangers_hear_how_old_the_copy_is_and_not_why(shop: Shopfront) -> None:
    aged(shop, 7300, "The master answered 503.")
    stranger = shop.app.test_client()
    page = stranger.get("/frescor").text
    assert "Parado: atualizado há 2 h" in page
    for staffs in ("503", "não responde", "Causa", "Sistema de origem"):
        assert staffs not in page
    assert set(stranger.get("/frescor", headers=JSON).json or {}) == {"state", "label", "age_s"}
    told = shop.signed_in().get("/frescor", headers=JSON).json or {}
    assert "não responde" in told["sentence"]


def test_it_says_when_who_left_was_last_looked_for(shop: Shopfront) -> None:
    now, nightly = now_us(), 1_795_240_800_000_000  # 21/11/2026 03:00 in Brasília
    point = Checkpoint(source="loja", listed_at=nightly, succeeded_at=now)
    with shop.mirror.writing() as connection:
        save_checkpoint(connection, point)
    page = shop.signed_in().get("/frescor").text
    assert 'Saídas conferidas em</dt><dd class="num">21/11/2026 03:00<' in page
    assert "Completa até" not in page
    assert "acompanha" not in page


def test_supervisors_hear_how_many_records_of_each_feed_could_not_be_read(
    shop: Shopfront,
) -> None:
    supervisor, attendant = shop.signed_in("supervisor"), shop.signed_in(login="rui")
    assert "nenhum registro" in supervisor.get("/frescor").text
    keep_unread(shop, "loja", "7", "8")
    keep_unread(shop, "loja/orders", "9", customer="7")
    page = supervisor.get("/frescor").text
    assert "<bdi>loja</bdi>: 2 cadastros" in page
    assert "<bdi>loja</bdi>: 1 pedido<" in page
    assert "<code>name: not_text (2), como [&#34;aaaaaaa aaaaa&#34;]</code>" in page
    assert "Zuleica" not in page
    for other in (attendant, shop.app.test_client()):
        assert "quarentena" not in other.get("/frescor").text


def test_supervisors_see_the_words_that_no_map_knows_and_what_to_add(shop: Shopfront) -> None:
    supervisor, attendant = shop.signed_in("supervisor"), shop.signed_in(login="rui")
    assert "não conhece" not in supervisor.get("/frescor").text
    found = [
        Word("loja", "customers", "map.registration", "BLOQ", "blocked", 1_200),
        Word("loja", "orders", "activity.orders.map.state", "Na nuvem", "", 1),
        Word("loja", "orders", "activity.orders.map.kind", "um texto comprido " * 4, "", 7),
        Word("outra", "customers", "map.registration", "DE OUTRA", "", 1),
    ]
    with shop.mirror.writing() as connection:
        count_words(connection, b"map.", found)

    page = unescape(supervisor.get("/frescor").text)

    assert '"BLOQ" em 1.200 cadastros (map.registration)' in page
    assert "<code>[sources.loja.map.registration]</code>" in page
    assert 'words = { "BLOQ" = "blocked" }  # active, inactive, blocked, deleted' in page
    assert '"Na nuvem" em 1 pedido (activity.orders.map.state)' in page
    assert 'words = { "Na nuvem" = "…" }  # open, done, cancelled' in page
    assert "activity.orders.map.kind: em 7 pedidos não há palavra curta" in page
    assert "comprido" not in page
    assert "DE OUTRA" not in page  # a source that is followed no more
    for other in (attendant, shop.app.test_client()):
        assert "BLOQ" not in other.get("/frescor").text


def test_what_waits_for_a_person_is_on_every_page_and_what_it_is_for_supervisors(
    shop: Shopfront,
) -> None:
    aged(shop, 40)
    with shop.mirror.writing() as connection:
        waiting = ("loja", "gone", 80), ("loja", "phone", 300), ("loja/orders", "older", 1)
        for where, kind, some in waiting:
            row = {"source": where, "kind": kind, "missing": some, "held_at": 1, "known": 900}
            connection.execute(hold.insert().values(ids="1", **row))
    told = shop.signed_in().get("/frescor", headers=JSON).json or {}
    assert (told["state"], told["label"]) == ("late", "Mudanças retidas: atualizado há 40 s")
    assert "à espera de uma decisão" in told["sentence"]
    health = shop.app.test_client().get("/saude").json or {}
    assert (health["freshness"]["state"], health["freshness"]["held"]) == ("late", True)
    page = shop.signed_in("supervisor", "eva").get("/frescor").text
    assert "<bdi>loja</bdi>: 80 cadastros a menos na origem de uma vez" in page
    assert "<bdi>loja</bdi>: 300 cadastros que perderam telefone de uma vez na origem" in page
    assert "<bdi>loja</bdi>: 1 pedido com versão mais antiga" in page
    assert "retidos" not in shop.signed_in(login="rui").get("/frescor").text


def test_asking_how_old_the_copy_is_keeps_no_session_awake(
    shop: Shopfront, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, start = shop.signed_in(), now_us()
    for minutes in (20, 40):
        monkeypatch.setattr(session, "now_us", lambda at=minutes: start + at * 60_000_000)
        client.get("/frescor", headers=JSON)
    assert client.get("/clientes").status_code == 303


def test_a_fresh_copy_shows_no_notice(shop: Shopfront) -> None:
    html = shop.signed_in().get("/clientes").text
    assert 'id="fresh-notice" role="status" hidden' in html


def test_an_empty_copy_is_called_empty(mirror_with, ledger) -> None:  # type: ignore[no-untyped-def]
    shop = open_shop(lambda: mirror_with(fresh=False), ledger)
    html = shop.signed_in().get("/clientes").text
    assert "Cópia vazia" in html


def test_a_copy_that_is_being_filled_says_so_and_one_whose_run_was_lost_does_not(
    mirror_with,  # type: ignore[no-untyped-def]
    ledger: Database,
) -> None:
    shop = open_shop(lambda: mirror_with(fresh=False), ledger)
    client = shop.signed_in()
    with shop.mirror.writing() as connection:
        number = start_run(connection, "loja", "initial")
    html = client.get("/clientes").text
    assert "Cópia sendo refeita" in html
    assert "até o fim, alguns faltam" in html
    assert "Cópia vazia" not in html
    with shop.mirror.writing() as connection:
        began = now_us() - 25 * 3_600 * 1_000_000
        connection.execute(update(run).where(run.c.id == number).values(started_at=began))
    assert "Cópia vazia" in client.get("/clientes").text


@pytest.mark.parametrize("address", ["/saude", "/health"])
def test_health_needs_no_login_and_names_nobody(shop: Shopfront, address: str) -> None:
    answer = shop.app.test_client().get(address)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["status"] == "ok"
    assert answer.json["freshness"]["state"] == "fresh"
    assert set(answer.json["freshness"]) == {"state", "age_s", "source", "held"}


def test_a_mirror_that_cannot_be_read_is_a_503_and_pages_still_explain(shop: Shopfront) -> None:
    client = shop.signed_in()
    with shop.mirror.writing() as connection:
        connection.exec_driver_sql("DROP TABLE checkpoint")
        connection.exec_driver_sql("DROP TABLE facet")
    assert shop.app.test_client().get("/saude").status_code == 503
    answer = client.get("/clientes")
    assert answer.status_code == 503
    assert "não pôde ser lida agora" in answer.text
    assert "Cópia ilegível" in answer.text


RULES_OF_TWO = Wording(
    rules=("conta_base", "ploomes"),
    labels={"ploomes": {"inactive": "Parou de comprar"}},
    sources=(
        SourceRules("loja", ("conta_base", "ploomes"), 90, ("Desistência", "Faliu"), ("Tamanho",)),
        SourceRules("feira"),
    ),
)


def of_rules(place: Path, keys: Keyring, role: str = "supervisor") -> FlaskClient:
    shop = listed_shop(
        place / "data",
        keys,
        rules=RULES_OF_TWO.rules,
        labels=RULES_OF_TWO.labels,
        sources=RULES_OF_TWO.sources,
    )
    told: tuple[dict[str, str], ...] = (
        {"ploomes": "inactive"}, {"ploomes": "discarded"}, {"conta_base": "archived"}, {},
    )  # fmt: skip
    records = [
        Customer(external_id=f"C-{number}", version=1, standings=standings)
        for number, standings in enumerate(told)
    ]
    fill(shop.mirror, records, Rules(names=("conta_base", "ploomes")))
    return shop.signed_in(role)


def test_rules_days_loss_reasons_labels_and_filters_can_be_read(
    tmp_path: Path, keys: Keyring
) -> None:
    client = of_rules(tmp_path, keys)
    said = plain(client.get("/configuracoes/regras").text.split("<main")[1])
    assert "Fonte loja Regras Atividade, Status do cliente" in said
    assert "Conta Base" not in said
    assert "90 dias depois do último pagamento" in said
    assert "“Desistência”, “Faliu”" in said
    assert "Campos que filtram a lista Tamanho" in said
    assert "Fonte feira Regras nenhuma: vale só o que o sistema de origem diz" in said
    assert "Parou de comprar Um negócio perdido por um dos motivos escolhidos pela loja. 1" in said
    assert "Azata" not in said
    assert "Sell" not in said
    assert 'href="/configuracoes/regras"' in client.get("/configuracoes").text


def test_every_number_beside_a_rule_is_the_length_of_its_list(
    tmp_path: Path, keys: Keyring
) -> None:
    client = of_rules(tmp_path, keys)
    html = client.get("/configuracoes/regras").text
    found = re.findall(r'num"><a href="([^"]*)">(\d+)<', html)
    assert len(found) == 4 + 4 + 2  # Ploomes, Conta Base, churn and lost
    for address, number in found:
        listed = client.get(unescape(address)).text
        assert len(re.findall(r"data-copy-text>", listed)) == int(number), address
    assert sum(int(number) for _, number in found) > 4


def test_rules_are_read_by_those_who_answer_for_them(tmp_path: Path, keys: Keyring) -> None:
    client = of_rules(tmp_path, keys, "attendant")
    assert client.get("/configuracoes/regras").status_code == 403
    assert "/configuracoes/regras" not in client.get("/configuracoes").text
