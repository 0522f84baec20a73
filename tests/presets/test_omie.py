"""Following Omie: two fields make one date, a question asked twice is waited for, not repeated."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import customers, graves, point
from tests.fakes.presets_omie import SECRETS, Omie, fault

SMALL: dict[str, Any] = {"stream": {"page": {"size": 100}}}


@pytest.fixture
def omie() -> Iterator[Omie]:
    with Omie().running() as account:
        account.put(*range(1, 251))
        yield account


def test_the_key_is_in_the_body_and_in_no_address(follow: Follow, omie: Omie):
    follow(omie.source())

    assert all(call.body["app_secret"] == SECRETS["app_secret"] for call in omie.calls)
    assert all(SECRETS["app_secret"] not in str((call.query, call.headers)) for call in omie.calls)


def test_the_date_and_the_hour_of_the_change_are_one_instant(
    mirror_db: Database, follow: Follow, omie: Omie
):
    opened = omie.source()
    follow(opened)
    cursor = point(mirror_db).cursor
    omie.later(minutes=5)
    follow(opened)

    assert cursor is not None
    assert datetime.fromisoformat(cursor).astimezone(UTC) == datetime(2024, 6, 3, 12, tzinfo=UTC)
    (asked,) = omie.calls[-1].body["param"]
    assert (asked["filtrar_por_data_de"], asked["filtrar_por_hora_de"]) == (
        "03/06/2024",
        "08:50:00",
    )


def test_a_record_is_read_right(mirror_db: Database, follow: Follow, omie: Omie):
    omie.rows.clear()
    tags = [{"tag": "Cliente"}, {"tag": "Atacado"}]
    omie.put(
        9,
        razao_social="Sol Nascente Ltda",
        nome_fantasia="Padaria Sol",
        cnpj_cpf="11.222.333/0001-81",
        pessoa_fisica="N",
        inativo="S",
        tags=tags,
        telefone2_ddd="11",
        telefone2_numero="3842-6671",
        email="a@sol.example,b@sol.example",
    )
    follow(omie.source())

    (found,) = customers(mirror_db)
    assert (found.kind, found.registration) == ("PJ", "inactive")
    assert (found.name, found.trade_name) == ("Sol Nascente Ltda", "Padaria Sol")
    assert [one.number for one in found.phones] == ["+5554999998888", "+551138426671"]
    assert found.tags == ("Cliente", "Atacado")
    assert found.emails == ("a@sol.example", "b@sol.example")
    assert found.customer_since == date(2023, 5, 3)


def test_suppliers_may_be_left_unread(mirror_db: Database, follow: Follow, omie: Omie):
    omie.put(5, tags=[{"tag": "Fornecedor"}])
    where = {"path": "tags[].tag", "in": ["Cliente"]}
    report = follow(omie.source(stream={"records": {"where": where}}))

    assert report.figures.added == 249


def test_the_same_question_within_a_minute_is_waited_for(follow: Follow, omie: Omie):
    begun = omie.time.now
    report = follow(omie.source(**SMALL))  # three pages, each read twice

    assert (report.ok, report.figures.added) == (True, 250)
    assert omie.time.now - begun >= 59
    assert omie.redundant <= 3


def test_a_blocked_key_is_told_and_not_asked_again(follow: Follow, omie: Omie):
    words = "ERROR: API bloqueada por consumo indevido. Tente novamente em 1678 segundos."
    blocked = fault("MISUSE_API_PROCESS", words)
    omie.faults += [("POST", blocked)] * 3
    report = follow(omie.source())

    assert not report.ok
    assert "its error MISUSE_API_PROCESS" in report.sentence
    assert len(omie.calls) == 1


def test_no_such_page_ends_a_listing(mirror_db: Database, follow: Follow, omie: Omie):
    omie.rows.clear()

    assert follow(omie.source()).ok


def test_who_is_deleted_is_found_by_the_sweep(mirror_db: Database, follow: Follow, omie: Omie):
    opened = omie.source(**SMALL)
    follow(opened)
    omie.later(hours=1)
    omie.delete(7)
    report = follow(opened, full=True)

    assert (report.figures.gone, graves(mirror_db)) == (1, {"7": "sweep"})
