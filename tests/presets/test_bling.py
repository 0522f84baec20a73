"""Following Bling: a detail call for each contact once, its list of the deleted, three a second."""

from collections.abc import Iterator
from datetime import date

import pytest

from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.fake_master import Call, Reply
from tests.fakes.looking import customers, graves, refused, versions
from tests.fakes.presets_bling import Bling

LIST, DETAIL = "GET /Api/v3/contatos", "GET /Api/v3/contatos/"


@pytest.fixture
def bling() -> Iterator[Bling]:
    with Bling().running() as account:
        account.put(*range(1, 151))
        account.later(hours=1)
        yield account


def test_each_contact_is_asked_for_once_and_by_a_sweep_not_at_all(follow: Follow, bling: Bling):
    opened = bling.source()
    follow(opened)
    assert len(bling.asked(DETAIL)) == 150
    follow(opened, full=True)

    assert len(bling.asked(DETAIL)) == 150


def test_three_a_second_and_no_more(follow: Follow, bling: Bling):
    begun = bling.time.now
    follow(bling.source())

    assert bling.time.now - begun >= len(bling.calls) // 3 - 1


def test_what_only_the_detail_has_is_read(mirror_db: Database, follow: Follow, bling: Bling):
    bling.rows.clear()
    bling.put(7, fantasia="Sete", situacao="S")
    follow(bling.source())

    (found,) = customers(mirror_db)
    assert (found.birth_date, found.gender) == (date(1990, 5, 13), "Feminino")
    assert (found.trade_name, found.groups) == ("Sete", ("Cliente",))
    assert (found.registration, found.registration_received) == ("unknown", "S")
    assert [one.number for one in found.phones] == ["+5554999998888", "+555433338888"]
    assert found.state_registration == "1234567"


def test_changes_are_asked_for_in_local_time(follow: Follow, bling: Bling):
    opened = bling.source()
    follow(opened)
    begun = bling.asked(LIST)[0].at
    follow(opened)

    asked = [call.query.get("dataAlteracaoInicial") for call in bling.asked(LIST)]
    assert begun == 3_600  # 13:00 UTC: when the first listing began, however long it took
    assert set(asked[-2:]) == {"2024-06-03 09:58:00"}


def test_a_change_during_the_long_first_run_comes_with_the_next(
    mirror_db: Database, follow: Follow, bling: Bling
):
    opened, listed = bling.source(), bling.answer

    def changing(call: Call) -> Reply:
        if call.path.endswith("/contatos/90"):
            bling.later(minutes=20)
            bling.put(1, email="novo@exemplo.com.br")  # which no list shows
            bling.later(minutes=20)
        return listed(call)

    bling.answer = changing  # type: ignore[method-assign]
    follow(opened)
    bling.answer = listed  # type: ignore[method-assign]
    follow(opened)

    assert "novo@exemplo.com.br" in {one.emails[0] for one in customers(mirror_db)}


def test_who_was_deleted_is_told_by_a_list_without_a_detail_call(
    mirror_db: Database, follow: Follow, bling: Bling
):
    opened = bling.source()
    follow(opened)
    bling.later(minutes=5)
    bling.delete(7)
    del bling.calls[:]
    report = follow(opened)

    assert (report.figures.gone, graves(mirror_db)) == (1, {"7": "master"})
    assert bling.asked(DETAIL) == []
    assert [call.query["criterio"] for call in bling.asked(LIST)] == ["1", "2", "2"]


def test_who_is_deleted_between_list_and_detail_stops_nobody(
    mirror_db: Database, follow: Follow, bling: Bling
):
    bling.faults.append(("GET /Api/v3/contatos/7$", Reply({"error": {}}, 404)))
    report = follow(bling.source())

    assert report.ok
    assert len(versions(mirror_db)) + len(refused(mirror_db)) == 150 or "7" in versions(mirror_db)


def test_too_many_requests_are_waited_out(follow: Follow, bling: Bling):
    told = {"error": {"type": "TOO_MANY_REQUESTS", "message": "Limite de requisições atingido."}}
    bling.faults += [("contatos/7$", Reply(told, 429))] * 2

    assert follow(bling.source()).figures.added == 150
