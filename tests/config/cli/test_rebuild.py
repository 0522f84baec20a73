"""A damaged mirror is made anew while the old one is read, or set aside; a ledger never is."""

import json
import os
import signal
import sqlite3
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from config.assemble import ledger_of
from config.rebuild import SHADOW
from config.run.follow import _Followed, open_or_rebuild
from config.settings import load
from mirror.store import tables
from mirror.store.faults import DatabaseProblem
from mirror.store.sealing import load_key
from mirror.store.sqlite import open_ledger, open_mirror
from tests.config.reading import read_rows
from tests.faults.installation import TOKEN, TOKEN_VARIABLE, WITHIN_S, Installation
from tests.faults.processes import answering_at, free_port, wait_until
from tests.faults.refusing import customers
from tests.faults.scripted import Answer, Script, customer, page
from web.terminals import devices

PAGE = 4_096


def damage(file: Path, *pages: int) -> None:
    """Write noise over some pages of a database, as a bad disk does; from 0."""
    with file.open("r+b") as opened:
        for page in pages:
            opened.seek(page * PAGE)
            opened.write(os.urandom(PAGE))


def every_page_but_the_first(file: Path) -> range:
    return range(1, file.stat().st_size // PAGE)


def set_aside(made: Installation) -> list[Path]:
    return sorted(made.data.glob("mirror.db.set-aside-*[0-9]"))  # beside it lies its log


def test_a_damaged_mirror_is_named_set_aside_and_filled_from_the_master(synced: Installation):
    before, people = customers(synced), synced.must("user", "list")
    damage(synced.data / "mirror.db", *every_page_but_the_first(synced.data / "mirror.db"))

    told = synced.run("sync")
    assert told.code == 4
    assert "The mirror is damaged" in told.err
    assert "`espelho rebuild`" in told.err
    assert "full" not in told.err

    assert "Set aside: " in synced.must("rebuild")
    assert [one["external_id"] for one in customers(synced)] == [
        one["external_id"] for one in before
    ]
    assert len(set_aside(synced)) == 1
    assert synced.must("user", "list") == people
    rows = read_rows(synced, "audit", "--json")
    assert [(row["action"], row["actor_kind"]) for row in rows] == [("mirror_rebuilt", "command")]


def test_one_damaged_page_that_no_sync_reads_is_found(synced: Installation):
    damage(synced.data / "mirror.db", synced.data.joinpath("mirror.db").stat().st_size // PAGE - 1)

    synced.must("rebuild")

    assert len(set_aside(synced)) == 1


def test_a_mirror_that_is_sound_is_left_alone_unless_it_is_insisted(synced: Installation):
    told = synced.run("rebuild")
    assert (told.code, set_aside(synced)) == (1, [])
    assert "Every page of the mirror is sound" in told.err

    synced.must("rebuild", "--anyway")
    assert len(set_aside(synced)) == 1


def test_with_the_wrong_key_nothing_is_set_aside(synced: Installation):
    synced.key.write_bytes(os.urandom(32))

    told = synced.run("rebuild")

    assert told.code in (3, 4)
    assert set_aside(synced) == []


def test_a_damaged_ledger_is_never_advised_away(synced: Installation):
    damage(synced.data / "ledger.db", 0)

    told = synced.run("audit")

    assert told.code == 4
    assert "keep the file, and restore the last backup" in told.err
    assert "delete" not in told.err
    assert "rebuild" not in told.err


@pytest.mark.parametrize("first_page", [True, False])
def test_by_setting_the_connector_does_it_itself(
    synced: Installation, monkeypatch: pytest.MonkeyPatch, first_page: bool
):
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    text = synced.file.read_text()
    synced.file.write_text(f"rebuild_damaged_mirror = true\n{text}")
    file = synced.data / "mirror.db"
    damage(file, *([0] if first_page else every_page_but_the_first(file)))
    settings = load(synced.file)

    open_or_rebuild(settings)
    with closing(ledger_of(settings)) as ledger:
        followed = _Followed(settings, settings.sources[0], ledger)
        followed.once()
        followed.once()
        followed.close()

    assert len(customers(synced)) == 3
    assert len(set_aside(synced)) == 1


def test_without_the_setting_it_is_told(synced: Installation, caplog: pytest.LogCaptureFixture):
    damage(synced.data / "mirror.db", 0)

    open_or_rebuild(load(synced.file))

    assert "espelho rebuild" in caplog.text
    assert set_aside(synced) == []


def test_a_mirror_that_is_no_longer_there_is_told_at_once(synced: Installation):
    (synced.data / "mirror.db").unlink()

    with pytest.raises(DatabaseProblem, match="There is no mirror"):
        open_or_rebuild(load(synced.file))


def test_pages_come_up_with_a_damaged_mirror_say_so_and_show_the_next_one(synced: Installation):
    damage(synced.data / "mirror.db", 0)

    with served(synced) as (url, token):
        assert look_up(url, token, "1") == (503, [])
        with pytest.raises(urllib.error.HTTPError) as told:
            urllib.request.urlopen(f"{url}/ready", timeout=30)
        assert "damaged" in told.value.read().decode()

        synced.must("rebuild")

        assert look_up(url, token, "1") == (200, ["Cliente de Prova 1"])


def test_a_connector_waits_beside_a_damaged_mirror_and_follows_the_next_one(
    synced: Installation, master: Script
):
    synced.configure(master.url, interval="1s")
    damage(synced.data / "mirror.db", 0)
    said = synced.directory / "said"
    with said.open("w") as log:
        connector = synced.start("serve", "--only", "connector", stderr=log)
    try:
        wait_until(lambda: "espelho rebuild" in said.read_text(), connector)
        wait_until(lambda: synced.run("rebuild").code == 0, connector)  # not within its cycle
        before = synced.must("runs", "--json").count("\n")
        wait_until(lambda: synced.must("runs", "--json").count("\n") > before, connector)
    finally:
        connector.send_signal(signal.SIGTERM)
        connector.communicate(timeout=WITHIN_S)
    assert connector.returncode == 0


def test_what_was_set_aside_is_as_encrypted_as_before(synced: Installation):
    synced.must("rebuild", "--anyway")

    with (
        closing(sqlite3.connect(set_aside(synced)[0])) as plain,
        pytest.raises(sqlite3.DatabaseError, match="not a database"),
    ):
        plain.execute("SELECT 1 FROM sqlite_master")


# Filled beside the one that is read.


def codes(made: Installation) -> set[str]:
    return {one["external_id"] for one in customers(made)}


def numbers(made: Installation) -> set[int]:
    with (
        closing(open_mirror(made.data, load_key(made.key), read_only=True)) as db,
        db.reading() as connection,
    ):
        return {*connection.execute(select(tables.customer.c.id)).scalars()}


@contextmanager
def served(made: Installation) -> Iterator[tuple[str, str]]:
    """Its pages, served; the address, and the token of a terminal."""
    with closing(open_ledger(made.data, load_key(made.key))) as db:
        token = devices.add(db, "caixa-1", "Centro")
    port = free_port()
    process = made.start("serve", "--only", "web", "--port", str(port))
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answering_at(f"{url}/health"), process)
        yield url, token
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=WITHIN_S)


def look_up(url: str, token: str, code: str) -> tuple[int, list[str]]:
    """The status, and the names that a terminal is shown."""
    asked = urllib.request.Request(
        f"{url}/api/v1/lookup",
        json.dumps({"code": code}).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return 200, [one["name"] for one in json.load(answer)["customers"]]
    except urllib.error.HTTPError as refused:
        return refused.code, []


def test_the_old_mirror_is_read_until_the_new_one_takes_over(synced: Installation, master: Script):
    seen: Counter[tuple[int, str]] = Counter()
    filled = threading.Event()
    asked_meanwhile: list[tuple[int, list[str]]] = []

    with served(synced) as (url, token):

        def anew(target: str) -> Answer:
            # While the master answers, the new mirror is there and has nobody yet.
            assert (synced.data / SHADOW / "mirror.db").exists()
            asked_meanwhile.append(look_up(url, token, "1"))
            return page(*(customer(n, name=f"Refeito {n}", v=2) for n in (1, 2, 3)))

        def ask() -> None:
            while not filled.is_set():
                code, names = look_up(url, token, "2")
                seen[code, names[0] if names else ""] += 1

        master.answer = anew
        asking = threading.Thread(target=ask)
        asking.start()
        try:
            synced.must("rebuild", "--anyway")
        finally:
            filled.set()
            asking.join()
        last = look_up(url, token, "1")

    assert asked_meanwhile
    assert {(code, names[0]) for code, names in asked_meanwhile} == {(200, "Cliente de Prova 1")}
    assert {code for code, _ in seen} == {200}, seen
    assert last == (200, ["Refeito 1"])
    assert not (synced.data / SHADOW).exists()


def test_no_address_of_a_page_comes_to_show_another_customer(synced: Installation):
    before = numbers(synced)

    synced.must("rebuild", "--anyway")

    assert codes(synced) == {"1", "2", "3"}
    assert numbers(synced) & before == set()
    assert min(numbers(synced)) > max(before)


def test_a_master_that_fails_midway_costs_nothing_and_the_next_one_goes_on(
    synced: Installation, master: Script
):
    everybody = [customer(number) for number in range(1, 401)]
    whole = {
        "first": page(*everybody[:200], next="second", has_more=True),
        "second": page(*everybody[200:]),
    }

    def answered(target: str) -> Answer:
        return whole["second" if "cursor=second" in target else "first"]

    before = customers(synced)
    master.answer = lambda target: (
        Answer(b"{}", status=500) if "cursor=second" in target else answered(target)
    )
    told = synced.run("rebuild", "--anyway")
    assert told.code == 1
    assert "goes on with it" in told.err
    assert customers(synced) == before
    assert set_aside(synced) == []

    master.answer = answered
    synced.must("rebuild", "--anyway")
    assert len(codes(synced)) == 400


def test_who_left_between_two_tries_does_not_come_back(synced: Installation, master: Script):
    some = [customer(number) for number in range(1, 60)]
    master.answer = lambda target: (
        Answer(b"{}", status=500)
        if "cursor=second" in target
        else page(*some[:30], next="second", has_more=True)
    )
    assert synced.run("rebuild", "--anyway").code == 1

    master.answer = lambda target: page(*some[5:])
    synced.must("rebuild", "--anyway")

    assert codes(synced) == {str(one["id"]) for one in some[5:]}


def test_a_master_that_has_far_fewer_does_not_take_over_by_itself(
    synced: Installation, master: Script
):
    before = customers(synced)
    master.answer = lambda target: page()

    told = synced.run("rebuild", "--anyway")

    assert told.code == 1
    assert customers(synced) == before
    assert "loja: 0 customers, and 3 in the mirror" in told.err
    assert "--take-fewer" in told.err
    synced.must("rebuild", "--anyway", "--take-fewer")
    assert customers(synced) == []


def test_meanwhile_no_connector_writes_the_old_one(synced: Installation, master: Script):
    told: list[int] = []

    def at_once(target: str) -> Answer:
        if not told:
            told.append(0)  # the sync itself asks nobody
            connector = synced.start("sync")
            connector.communicate(timeout=WITHIN_S)
            told.append(connector.returncode)
        return page(*(customer(number) for number in (1, 2, 3)))

    master.answer = at_once
    synced.must("rebuild", "--anyway")

    assert told[1] == 75


def test_one_that_was_killed_is_gone_on_with(synced: Installation, master: Script):
    reached, well = threading.Event(), master.answer

    def hanging(target: str) -> Answer:
        reached.set()
        threading.Event().wait(3)
        return well(target)

    master.answer = hanging
    process = synced.start("rebuild", "--anyway")
    assert reached.wait(WITHIN_S)
    process.kill()
    process.communicate()
    assert (synced.data / SHADOW).exists()

    master.answer = well
    synced.must("rebuild", "--anyway")
    assert codes(synced) == {"1", "2", "3"}
    assert not (synced.data / SHADOW).exists()
