"""Following Tiny: the old API's errors under HTTP 200, the new one's offsets and totals."""

from collections.abc import Iterator
from datetime import date

import pytest

from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.fake_master import Reply
from tests.fakes.looking import customers, versions
from tests.fakes.presets_tiny import TOKEN, TinyV2, TinyV3, v3, wrong


@pytest.fixture
def old() -> Iterator[TinyV2]:
    with TinyV2().running() as account:
        account.put(*range(1, 251))
        yield account


@pytest.fixture
def new() -> Iterator[TinyV3]:
    with TinyV3().running() as account:
        account.put(*range(1, 251))
        yield account


def test_nothing_found_is_no_failure(mirror_db: Database, follow: Follow, old: TinyV2):
    old.rows.clear()
    report = follow(old.source())

    assert (report.ok, report.figures.received) == (True, 0)


def test_the_token_is_in_the_body_and_in_no_address(follow: Follow, old: TinyV2):
    follow(old.source())

    assert {call.body["token"] for call in old.calls} == {TOKEN}
    assert all(TOKEN not in str((call.path, call.query, call.headers)) for call in old.calls)


@pytest.mark.parametrize("code", ["6", "11", "99"])
def test_being_asked_too_much_is_waited_out(follow: Follow, old: TinyV2, code: str):
    old.faults.append(("POST", wrong(code, "API Bloqueada")))

    assert follow(old.source()).figures.added == 250


@pytest.mark.parametrize(("code", "told"), [("2", "refused the credentials"), ("4", "error 4")])
def test_an_error_under_200_fails_the_run(follow: Follow, old: TinyV2, code: str, told: str):
    old.faults.append(("POST", wrong(code, "…")))
    report = follow(old.source())

    assert not report.ok
    assert told in report.sentence


def test_a_listing_that_shrinks_meanwhile_ends_where_it_ends(
    mirror_db: Database, follow: Follow, old: TinyV2
):
    listed = old.answer

    def shrinking(call: object) -> Reply:
        reply = listed(call)  # type: ignore[arg-type]
        for number in range(100, 251):
            old.rows.pop(number, None)
        return reply

    old.answer = shrinking  # type: ignore[method-assign]
    report = follow(old.source())

    assert report.ok
    assert len(versions(mirror_db)) == 100  # whom the first page still had


def test_local_times_become_days_and_deleted_ones_say_so(
    mirror_db: Database, follow: Follow, old: TinyV2
):
    old.rows.clear()
    old.put(1)
    opened = old.source()
    follow(opened)
    old.later(hours=1)
    old.delete(1)
    follow(opened)

    (found,) = customers(mirror_db)
    assert found.customer_since == date(2023, 5, 3)
    assert (found.registration, found.seller) == ("deleted", "Vendedora Um")
    assert old.calls[-1].body["dataMinimaAtualizacao"] == "03/06/2024 08:50:00"


def test_the_offset_goes_on_over_rows_that_are_read_twice(follow: Follow, new: TinyV3):
    report = follow(new.source())

    assert report.figures.added == 250
    assert [call.query["offset"] for call in new.calls] == ["0", "95", "190", "250"] * 2


def test_who_is_deleted_while_it_is_read_hides_nobody(
    mirror_db: Database, follow: Follow, new: TinyV3
):
    listed = new.answer

    def shrinking(call: object) -> Reply:
        reply = listed(call)  # type: ignore[arg-type]
        for number in range(1, 21):
            new.rows.pop(number, None)
        return reply

    new.answer = shrinking  # type: ignore[method-assign]
    follow(new.source())

    assert set(versions(mirror_db)) >= {str(number) for number in range(21, 251)}


def test_pages_cut_short_pass_over_nobody(follow: Follow, new: TinyV3):
    listed = new.answer
    cut = [v3(new.rows[number]) for number in range(1, 51)]

    def short(call: object) -> Reply:
        reply = listed(call)  # type: ignore[arg-type]
        return Reply(reply.body | {"itens": cut}) if "offset=0" in str(call) else reply

    new.answer = short  # type: ignore[method-assign]
    new.faults.append(("offset=0", Reply({"itens": cut, "paginacao": {"total": 250}})))
    report = follow(new.source())

    assert (report.ok, report.figures.added) == (True, 250)
