"""A running installation: when it sweeps, whom it leaves alone, by which way it asks a master."""

import json
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import update

from config.assemble import ledger_of, mirror_of
from config.run.follow import _Followed
from config.settings import Settings, load
from mirror.store import progress
from mirror.store.progress import DAY_US, now_us
from mirror.store.tables import run
from tests.fakes.hostile import hostile, reply
from tests.fakes.routes import Authority, proxy
from tests.faults.installation import TOKEN, TOKEN_VARIABLE, Installation
from tests.faults.scripted import Answer, Script, customer, page


@pytest.fixture
def settings(synced: Installation, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    return load(synced.file)


@pytest.fixture
def followed(settings: Settings) -> Iterator[_Followed]:
    with closing(ledger_of(settings)) as ledger:
        made = _Followed(settings, settings.sources[0], ledger)
        yield made
        made.close()


def listed(settings: Settings, at: int) -> None:
    """Everything was listed last at an instant."""
    with closing(mirror_of(settings)) as db, db.writing() as connection:
        known = progress.load_checkpoint(connection, "loja")
        known.listed_at = at
        progress.save_checkpoint(connection, known)
        stray = progress.Checkpoint(source="loja", stream="visits", listed_at=1, succeeded_at=1)
        progress.save_checkpoint(connection, stray)  # once read, and no longer


def modes(settings: Settings, number: int) -> list[str]:
    with closing(mirror_of(settings)) as db, db.reading() as connection:
        return [one.mode for one in progress.runs(connection, limit=number)][::-1]


def test_a_machine_that_was_off_at_the_time_sweeps_when_it_is_back(
    settings: Settings, followed: _Followed
):
    listed(settings, now_us() - 2 * DAY_US)
    followed.once()
    followed.once()
    assert modes(settings, 2) == ["sweep", "changes"]


def test_a_listing_of_the_future_is_followed_by_a_sweep(settings: Settings, followed: _Followed):
    listed(settings, now_us() + 900 * DAY_US)
    followed.once()
    followed.once()
    assert modes(settings, 2) == ["sweep", "changes"]


def test_a_sweep_that_breaks_off_lets_changes_be_read(
    settings: Settings, followed: _Followed, master: Script
):
    listed(settings, now_us() - 2 * DAY_US)
    good = master.answer
    master.answer = lambda target: page() if "since" in target else page(next=7, has_more=True)
    followed.once()
    master.answer = good
    followed.once()
    assert modes(settings, 2) == ["sweep", "changes"]


def test_a_master_that_wants_to_be_left_alone_is_not_swept_nor_is_the_attempt_used_up(
    settings: Settings, followed: _Followed, master: Script
):
    listed(settings, now_us() - 2 * DAY_US)
    with closing(mirror_of(settings)) as db:
        with db.writing() as connection:
            progress.leave_alone(connection, "loja", now_us() + 60_000_000)
        master.asked.clear()
        followed.once()
        assert master.asked == []
        with db.writing() as connection:
            progress.leave_alone(connection, "loja", 0)
    followed.once()
    assert modes(settings, 2) == ["changes", "sweep"]


def _a_day_later(settings: Settings) -> None:
    with closing(mirror_of(settings)) as db, db.writing() as connection:
        progress.leave_alone(connection, "loja", 0)
        earlier = {name: run.c[name] - DAY_US for name in ("started_at", "finished_at")}
        connection.execute(update(run).values(**earlier))


def test_a_sweep_that_a_day_is_too_short_for_does_not_take_every_day_s_requests(
    synced: Installation, settings: Settings, master: Script
):
    """Until the master is declared in another way: then it is tried again."""
    listed(settings, now_us() - 9 * DAY_US)
    pages = count(1)

    def endless(target: str) -> Answer:
        if "since" in target:
            return page()
        number = next(pages)
        return page(customer(number), next=number, has_more=True)

    master.answer = endless

    def night(per_day: int) -> list[str]:
        synced.configure(master.url, more=f"\n[sources.loja.limits]\nper_day = {per_day}\n")
        now = load(synced.file)
        with closing(ledger_of(now)) as ledger:
            made = _Followed(now, now.sources[0], ledger)
            made.once()
            made.close()
        _a_day_later(now)
        return modes(now, 1)

    _a_day_later(settings)
    assert [night(20) for _ in range(3)] == [["sweep"], ["changes"], ["changes"]]
    assert [night(30) for _ in range(2)] == [["sweep"], ["changes"]]


def test_the_time_to_sweep_is_the_source_s(synced: Installation, settings: Settings):
    with closing(ledger_of(settings)) as ledger:
        found = _Followed(settings, settings.sources[0], ledger).sweep_time
    assert (found.at, str(found.zone)) == ("03:00", "America/Sao_Paulo")
    text = synced.file.read_text().replace(
        "streams = []", 'streams = []\ntimezone = "America/Manaus"'
    )
    synced.file.write_text(text)
    with closing(ledger_of(settings)) as ledger:
        manaus = load(synced.file)
        assert str(_Followed(manaus, manaus.sources[0], ledger).sweep_time.zone) == "America/Manaus"


# The same by commands, each a process of its own.


def test_a_day_s_budget_outlives_the_process(synced: Installation, master: Script):
    synced.configure(master.url, more="\n[sources.loja.limits]\nper_day = 3\n")
    spent = len(master.asked)
    codes = [synced.run("sync").code for _ in range(4)]
    assert codes[0] == 0
    assert codes[-1] == 1
    assert len(master.asked) - spent <= 2, "one was asked by the process that made the mirror"
    told = synced.run("sync", "--insist")
    assert "limits.per_day" in told.err


def test_a_pause_is_kept_by_the_next_process_and_told_by_it(synced: Installation):
    with hostile(reply(b"{}", 429, Retry_After="7200")) as master:
        synced.configure(master.url)
        first = synced.run("sync")
        assert (first.code, len(master.asked)) == (1, 1)
        assert "limits.longest_wait_s" in first.err
        for command in (["sync"], ["sync", "--full"]):
            told = synced.run(*command)
            assert (told.code, len(master.asked)) == (1, 1)
            assert "left alone until" in told.err
            assert "--insist" in told.err
        master.script = lambda asked: reply(page(customer(1)).body)
        assert synced.run("sync", "--insist").code == 0
        assert synced.run("sync").code == 0


CASE = Path(__file__).parents[1] / "data/field_cases/30_private_authority.txt"


def test_a_private_authority_is_believed_by_its_setting_or_the_variable(
    synced: Installation, tmp_path: Path
):
    assert "its TLS certificate is not valid" in CASE.read_text("utf-8")
    authority = Authority(tmp_path / "shop")
    told = reply(json.dumps(json.loads(page(customer(1)).body)).encode())
    with hostile(told, tls=authority.server()) as master:
        synced.configure(master.url)
        refused = synced.run("sync")
        assert refused.code == 1
        assert "ca_file" in refused.err
        synced.environment["SSL_CERT_FILE"] = str(authority.pem)
        assert synced.run("sync").code == 0
        synced.environment.clear()
        (synced.directory / "shop.pem").write_bytes(authority.pem.read_bytes())
        text = synced.file.read_text().replace("streams", 'ca_file = "shop.pem"\nstreams')
        synced.file.write_text(text)
        assert synced.run("sync").code == 0
        (synced.directory / "shop.pem").write_text("nothing")
        broken = synced.run("sync")
        assert broken.code == 3
        assert "sources.loja: ca_file: " in broken.err
        assert "Traceback" not in broken.err


@pytest.mark.parametrize("way", ["bundle", "bytes", "between"])
def test_a_private_authority_is_believed_however_it_is_written(
    synced: Installation, tmp_path: Path, way: str
):
    """Among others and remarks, as bytes of a Windows server, and with one between."""
    root = Authority(tmp_path / "shop")
    signs = Authority(tmp_path / "between", root) if way == "between" else root
    pem = root.pem.read_bytes()
    if way == "bundle":
        pem = b"Subject: CN=outra\r\n" + Authority(tmp_path / "other").pem.read_bytes() + pem
    told = reply(json.dumps(json.loads(page(customer(1)).body)).encode())
    with hostile(told, tls=signs.server()) as master:
        synced.configure(master.url)
        file = synced.directory / "shop.cer"
        file.write_bytes(root.der.read_bytes() if way == "bytes" else pem)
        text = synced.file.read_text().replace("streams", 'ca_file = "shop.cer"\nstreams')
        synced.file.write_text(text)
        assert synced.run("sync").code == 0
        file.write_bytes(Authority(tmp_path / "another").pem.read_bytes())
        assert synced.run("sync").code == 1


def test_a_proxy_that_cannot_be_one_is_told_with_the_settings(synced: Installation, master: Script):
    text = synced.file.read_text()
    synced.file.write_text(text.replace("streams", 'proxy = "http://u:p@proxy:3128"\nstreams'))
    told = synced.run("sync")
    assert told.code == 3
    assert "sources.loja.proxy must be like" in told.err
    assert "u:p" not in told.err


def through_the_environment(made: Installation, master: Script) -> None:
    text = made.file.read_text()
    made.file.write_text(text.replace("streams", 'proxy = "environment"\nstreams'))


def test_the_proxy_of_the_usual_variables_is_used_where_the_setting_says_so(
    synced: Installation, master: Script
):
    with proxy(login="ana:s e") as between:
        address = between.url.replace("http://", "http://ana:s%20e@")
        synced.environment |= {"HTTP_PROXY": address, "http_proxy": address, "NO_PROXY": ""}
        synced.must("sync")
        assert between.led == []
        through_the_environment(synced, master)
        synced.must("sync")
        assert len(between.led) == 1


def test_whom_no_proxy_names_is_asked_without_one(synced: Installation, master: Script):
    with proxy() as between:
        through_the_environment(synced, master)
        synced.environment |= {"http_proxy": between.url, "no_proxy": "example.com,127.0.0.1"}
        synced.must("sync")
        assert between.led == []
