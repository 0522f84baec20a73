"""What Zendesk Sell refuses, and when it is over: a clear sentence, and the last copy stays."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config.assemble import merged, preset
from connector.http import MasterProblem, OriginRefused, Request, RequestRefused, WriteRefused
from connector.refresh import ask_one
from connector.sources.checks import sell_definition
from connector.sources.sell import SellSource, open_sell
from connector.sources.source_file import BadDefinition
from connector.sync import Report, run
from mirror.store.engine import Database
from mirror.store.lease import lease
from mirror.store.progress import Figures, load_checkpoint, save_checkpoint
from mirror.store.sealing import Keyring
from tests.connector.conftest import Follow
from tests.fakes.engines import open_mirror
from tests.fakes.looking import versions
from tests.fakes.sell import TOKEN, Refusal, Sell, contact
from tests.fakes.sell_source import source


@pytest.fixture
def sell() -> Iterator[Sell]:
    with Sell().running() as account:
        account.put(*(contact(number) for number in range(1, 4)))
        yield account


@pytest.mark.parametrize("plan_has_sync", [True, False])
def test_a_revoked_token_is_told_and_nothing_is_lost(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell, plan_has_sync: bool
):
    sell.plan_has_sync = plan_has_sync
    follow(source(sell))
    sell.token = "another"

    for report in (follow(source(sell)), sweep(source(sell))):
        assert not report.ok
        assert "does not accept the token (401)" in report.sentence
        assert TOKEN not in report.sentence
    assert len(versions(mirror_db)) == 3


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("json", [True, False])
@pytest.mark.parametrize("mode", ["auto", "sync", "polling"])
def test_an_account_that_is_closed_keeps_its_last_copy(
    mirror_db: Database,
    follow: Follow,
    sweep: Follow,
    sell: Sell,
    status: int,
    json: bool,
    mode: str,
):
    follow(source(sell, mode=mode))
    sell.refusals |= {verb: Refusal(status, 99, json) for verb in ("GET", "POST")}

    for report in (follow(source(sell, mode=mode)), sweep(source(sell, mode=mode))):
        assert not report.ok
        assert "closed, or Sell itself has ended" in report.sentence
    assert len(versions(mirror_db)) == 3


def test_a_source_that_has_ended_is_asked_nothing(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell
):
    follow(source(sell))
    del sell.asked[:]

    for report in (follow(source(sell, ended=True)), sweep(source(sell, ended=True))):
        assert not report.ok
        assert "ended = true" in report.sentence
    assert sell.asked == []
    assert len(versions(mirror_db)) == 3


def test_what_is_no_end_is_not_told_as_one(follow: Follow, sell: Sell):
    follow(source(sell))
    sell.put(contact(4))
    sell.refusals["GET /v2/sync"] = Refusal(404, 99)

    assert "ended" not in follow(source(sell)).sentence


def ask(db: Database, data_dir: Path, made: SellSource, external_id: str) -> Figures:
    with closing(made), lease(db, data_dir) as fence:
        return ask_one(db, made, fence, external_id)


def test_one_customer_is_asked_for_by_id(
    mirror_db: Database, data_dir: Path, follow: Follow, sell: Sell
):
    follow(source(sell))
    del sell.asked[:]
    sell.put(contact(2, name="Nova", updated_at=contact(9)["updated_at"]))
    del sell.contacts[3]

    assert ask(mirror_db, data_dir, source(sell), "2").changed == 1
    assert ask(mirror_db, data_dir, source(sell), "3").gone == 1
    assert sell.paths("POST") == []
    assert versions(mirror_db).keys() == {"1", "2"}


@pytest.mark.parametrize("end", ["closed", "blind", "revoked", "said", "one by one"])
def test_one_customer_is_not_gone_because_everybody_is(
    mirror_db: Database, data_dir: Path, follow: Follow, sell: Sell, end: str
):
    follow(source(sell))
    sell.refusals |= {"GET": Refusal(404, 99)} if end == "closed" else {}
    sell.refusals |= {"GET /v2/contacts/": Refusal(404, 99)} if end == "one by one" else {}
    sell.contacts = {} if end == "blind" else sell.contacts
    sell.token = "another" if end == "revoked" else sell.token

    with pytest.raises(MasterProblem):
        ask(mirror_db, data_dir, source(sell, ended=end == "said"), "3")

    assert len(versions(mirror_db)) == 3


@pytest.mark.parametrize("name", ["..", "1/notes", "１", "a"])
def test_an_id_that_is_no_number_is_not_asked(sell: Sell, name: str):
    with closing(source(sell)) as made, pytest.raises(RequestRefused):
        made.one(name)
    assert sell.asked == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v2/contacts"),
        ("PUT", "/v2/contacts/1"),
        ("DELETE", "/v2/contacts/1"),
        ("POST", "/v2/sync/start/"),
        ("POST", "/v2/contacts/upsert"),
    ],
)
def test_nothing_that_changes_a_customer_can_be_sent(sell: Sell, method: str, path: str):
    with closing(source(sell)) as made, pytest.raises(WriteRefused):
        made._fetcher.send(Request(path, method=method))
    assert sell.asked == []


def opened(sell: Sell, **over: object) -> SellSource:
    definition = sell_definition(merged(preset("sell"), over), "loja")
    return open_sell("loja", definition, f"{sell.url}/v2", {"token": TOKEN})


def test_what_the_settings_open_reads_an_account(mirror_db: Database, follow: Follow, sell: Sell):
    with closing(opened(sell)) as made:
        assert follow(made).figures.added == 3
        assert made.interval_s == 60


def test_a_second_has_eight_requests():
    limits = sell_definition(preset("sell"), "loja").limits

    assert (limits.per_second, limits.per_minute) == (8, 480)


@pytest.mark.parametrize(
    "wrong",
    [{"protocol": "rest"}, {"mode": "push"}, {"timezone": "Lua"}, {"ends": True}],
    ids=lambda one: next(iter(one)),
)
def test_settings_that_mean_nothing_are_refused(sell: Sell, wrong: dict[str, object]):
    with pytest.raises(BadDefinition, match="'loja' is not right"):
        opened(sell, **wrong)


def test_without_a_token_nothing_is_opened(sell: Sell):
    with pytest.raises(BadDefinition, match="secret 'token'"):
        open_sell("loja", sell_definition(preset("sell"), "loja"), sell.url, {})


def test_an_address_in_clear_is_refused():
    with pytest.raises(OriginRefused, match="plain http"):
        open_sell(
            "loja", sell_definition(preset("sell"), "loja"), "http://sell.example", {"token": TOKEN}
        )


# A mirror that was put back has less than the master believes it has.


def restored(data_dir: Path, keys: Keyring, sell: Sell) -> Database:
    """The mirror as of before a change that was acknowledged."""
    kept = data_dir.parent / "kept"
    with closing(open_mirror(data_dir, keys)) as db:
        _once(db, data_dir, sell)
    shutil.copytree(data_dir, kept)
    sell.put(contact(1, name="Nova"), contact(4))
    sell.delete(2)
    with closing(open_mirror(data_dir, keys)) as db:
        _once(db, data_dir, sell)
    shutil.rmtree(data_dir)
    shutil.copytree(kept, data_dir)
    return open_mirror(data_dir, keys)


def _once(db: Database, data_dir: Path, sell: Sell, *, full: bool = False) -> Report:
    with closing(source(sell)) as made, lease(db, data_dir) as fence:
        return run(db, made, fence, full=full)


def test_a_sweep_makes_a_restored_mirror_whole(data_dir: Path, keys: Keyring, sell: Sell):
    with closing(restored(data_dir, keys, sell)) as db:
        report = _once(db, data_dir, sell, full=True)

        assert (report.figures.added, report.figures.changed, report.figures.gone) == (1, 1, 1)
        sell.put(contact(5))
        assert _once(db, data_dir, sell).figures.added == 1


def test_a_mirror_that_forgot_where_it_was_is_a_new_device(
    data_dir: Path, keys: Keyring, sell: Sell
):
    with closing(restored(data_dir, keys, sell)) as db:
        with db.writing() as connection:
            point = load_checkpoint(connection, "loja")
            before, point.cursor = point.cursor, None
            save_checkpoint(connection, point)

        report = _once(db, data_dir, sell)

        assert (report.figures.added, report.figures.changed, report.figures.gone) == (1, 1, 1)
        with db.reading() as connection:
            assert load_checkpoint(connection, "loja").cursor not in (None, before)
