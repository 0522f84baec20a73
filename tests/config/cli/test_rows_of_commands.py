"""What commands write down: who ran them, whom they named, and what of it a terminal is shown."""

import csv
import io
import json
import os
import pwd
from contextlib import closing

import pytest

from mirror.ledger import journal
from mirror.ledger.journal import Recorded, Wanted
from mirror.store.sealing import load_key
from mirror.store.sqlite import open_ledger
from tests.config.reading import read_rows
from tests.faults.installation import Installation
from tests.faults.scripted import Script, customer, page
from tests.web.test_what_leaves_a_row import BY_COMMANDS

_NAMES = [one[0] for one in BY_COMMANDS]
CLOSED = "CREATE TRIGGER closed BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"


def entries(made: Installation, **wanted: str) -> list[Recorded]:
    with closing(open_ledger(made.data, load_key(made.key))) as ledger:
        return journal.entries(ledger, Wanted(**wanted), limit=100_000)  # type: ignore[arg-type]


def write(made: Installation, *rows: journal.Entry) -> None:
    with closing(open_ledger(made.data, load_key(made.key))) as ledger:
        journal.record(ledger, *rows)


@pytest.mark.parametrize(("action", "commands"), BY_COMMANDS, ids=_NAMES)
def test_what_is_done_by_commands_leaves_its_row(
    synced: Installation, action: str, commands: tuple[tuple[str, ...], ...]
) -> None:
    for command in commands:
        synced.must(*command)

    rows = entries(synced, action=action)
    assert rows
    assert {(one.actor_kind, one.actor) for one in rows} == {("command", journal.operator().name)}


@pytest.mark.parametrize(("action", "commands"), BY_COMMANDS, ids=_NAMES)
def test_what_cannot_be_written_down_is_neither_done_nor_shown(
    synced: Installation, action: str, commands: tuple[tuple[str, ...], ...]
) -> None:
    for command in commands[:-1]:
        synced.must(*command)
    before, people = len(entries(synced)), synced.must("user", "list", "--json")
    ledger = open_ledger(synced.data, load_key(synced.key))
    with ledger.writing() as connection:
        connection.exec_driver_sql(CLOSED)
    ledger.close()

    told = synced.run(*commands[-1])

    assert told.code in (1, 4), told
    assert told.out == ""
    assert (len(entries(synced)), synced.must("user", "list", "--json")) == (before, people)


def test_the_actor_is_the_real_user_and_whom_sudo_names_never_logname(synced: Installation) -> None:
    me = pwd.getpwuid(os.getuid()).pw_name
    other = next(one for one in pwd.getpwall() if one.pw_uid != os.getuid())
    synced.environment |= {"LOGNAME": "presidente", "USER": "presidente"}
    synced.must("device", "add", "caixa 1", "--store", "Centro")
    synced.environment["SUDO_UID"] = str(other.pw_uid)
    synced.must("device", "add", "caixa 2", "--store", "Centro")
    synced.environment["SUDO_UID"] = "4000000000"
    synced.must("device", "add", "caixa 3", "--store", "Centro")

    told = [one.actor for one in entries(synced, action="device_added")]
    assert told == [f"{me} (sudo from uid 4000000000)", f"{me} (sudo from {other.pw_name})", me]


def test_a_terminal_and_a_person_never_share_a_name(synced: Installation) -> None:
    password = "uma senha comprida"
    synced.must("user", "add", "ana", "--password", password)
    synced.must("device", "add", "Caixa-1", "--store", "Centro")

    assert synced.run("device", "add", "ANA", "--store", "Centro").code == 1
    assert synced.run("user", "add", "caixa-1", "--password", password).code == 1


@pytest.mark.parametrize("how", [(), ("--clear", "--reason", "auditoria externa")])
def test_an_export_names_each_customer_in_it(synced: Installation, how: tuple[str, ...]) -> None:
    lines = read_rows(synced, "export", *how)

    rows = entries(synced, action="exported")
    assert {(one.source, one.external_id) for one in rows} == {
        (line["source"], line["external_id"]) for line in lines
    }
    assert len(rows) == len(lines) > 0
    assert {(one.reason, one.detail) for one in rows} == {
        (how[-1], "clear") if how else (None, "masked")
    }


HOSTILE = "Ana\x1b]0;dono\x07\x1b[2J\x9b31m\u202ecod.exe\rroot\nroot"


@pytest.mark.parametrize("form", [("audit",), ("audit", "--json"), ("audit", "--export", "ndjson")])
def test_nothing_that_moves_a_terminal_is_ever_printed(
    synced: Installation, form: tuple[str, ...]
) -> None:
    write(synced, journal.Entry("staff", HOSTILE, "open", reason=HOSTILE, source="loja"))

    told = synced.must(*form)

    assert not [one for one in told if not (one.isprintable() or one == "\n")]
    assert not [line for line in told.splitlines() if line.startswith("root")]
    if form[1:]:
        rows = [json.loads(line) for line in told.splitlines()]
        assert HOSTILE in [row.get("reason") for row in rows]


def test_the_journal_is_read_to_its_end_by_pages_back_and_forth(synced: Installation) -> None:
    write(synced, *(journal.Entry("device", "caixa", "lookup", one) for one in range(450)))
    asked = ("audit", "--json", "--terminal", "caixa", "--limit", "200")
    pages, last = list[list[int]](), tuple[str, ...]()
    while rows := read_rows(synced, *asked, *last):
        pages.append([row["customer"] for row in rows])
        last = ("--before", str(rows[-1]["id"]))

    assert [len(page) for page in pages] == [200, 200, 50]
    assert [one for page in pages for one in page] == list(range(449, -1, -1))
    back = read_rows(synced, *asked, "--after", str(rows[-1]["id"] if rows else 50))
    assert [row["id"] for row in back] == list(range(250, 50, -1))


def test_the_journal_is_chosen_from_by_each_of_its_sides(synced: Installation) -> None:
    write(
        synced,
        journal.Entry("staff", "ana", "open", 2, "loja", "2"),
        journal.Entry("device", "caixa", "lookup", 2, "loja", "2"),
        journal.Entry("command", "root", "role_changed", about="ana"),
    )

    def ids(*options: str) -> list[int]:
        return [row["id"] for row in read_rows(synced, "audit", "--json", *options)]

    assert ids("--person", "ana") == [3, 1]
    assert ids("--terminal", "caixa") == [2]
    assert ids("--action", "lookup") == [2]
    assert ids("--customer", "loja/2") == [2, 1]
    assert ids("--from", "2099-01-01") == ids("--to", "1999-12-31") == []
    assert {1, 3} <= set(ids("--actor", "ana", "--from", "2000-01-01"))
    assert synced.run("audit", "--actor", "ana", "--person", "ana").code == 2
    assert synced.run("audit", "--from", "amanhã").code == 2


def test_the_journal_is_taken_out_with_its_head(synced: Installation) -> None:
    write(synced, *(journal.Entry("staff", "ana", "open", one, reason="=1+1") for one in (1, 2)))

    first, *rows = map(json.loads, synced.must("audit", "--export", "ndjson").splitlines())
    cells = [*csv.reader(io.StringIO(synced.must("audit", "--export", "csv")), delimiter=";")]

    assert [row["action"] for row in rows] == ["open", "open", "audit_exported"]
    assert first["head"].startswith("3:")
    assert cells[-1][0] == "head"
    assert cells[-1][1].startswith("4:")
    assert "'=1+1" in cells[1]
    assert len(cells) == 1 + 4 + 1


def test_an_id_that_is_a_document_is_kept_keyed_and_found_all_the_same(
    synced: Installation,
) -> None:
    cpf = "52998224725"
    write(synced, journal.Entry("staff", "ana", "open", 7, "loja", cpf))

    (row,) = read_rows(synced, "audit", "--json", "--customer", f"loja/{cpf}")

    assert row["external_id"].startswith("#")
    with (
        closing(open_ledger(synced.data, load_key(synced.key))) as ledger,
        ledger.reading() as connection,
    ):
        kept = connection.exec_driver_sql("SELECT * FROM audit").all()
    assert cpf not in str(kept)


def test_a_setting_that_changed_is_named_at_the_start_and_its_value_never(
    synced: Installation,
) -> None:
    from config.cli.serve import _write_changes
    from config.settings import load

    os.environ["ESPELHO_TEST_TOKEN"] = "x"
    _write_changes(load(synced.file))
    first = {one.about for one in entries(synced, action="setting_changed")}
    assert {"web.lookups_per_minute", "sources.loja.secrets", "sources.loja.map"} <= first
    _write_changes(load(synced.file))
    assert len(entries(synced, action="setting_changed")) == len(first)

    text = synced.file.read_text("utf-8").replace(
        "lookups_per_minute = 6000", "reveals_per_hour = 5"
    )
    synced.file.write_text(text, "utf-8")
    _write_changes(load(synced.file))

    changed = entries(synced, action="setting_changed")[: -len(first)]
    assert {one.about: one.detail == "default" for one in changed} == {
        "web.lookups_per_minute": True,
        "web.reveals_per_hour": False,
    }
    assert all(len(one.detail or "") == 16 for one in changed if one.detail != "default")


def test_whoever_lets_a_held_removal_go_is_written_down(
    synced: Installation, master: Script
) -> None:
    many = [customer(number) for number in range(1, 101)]
    master.answer = lambda target: page(*many)
    synced.must("sync")
    master.answer = lambda target: page(*many[:20])
    assert synced.run("sync", "--full").code == 1
    assert entries(synced, action="hold_released") == []

    synced.must("hold", "release", "loja")

    (row,) = entries(synced)[:1]
    assert (row.action, row.source, row.detail) == ("hold_released", "loja", "gone")
    assert row.actor == journal.operator().name


def test_an_export_tells_whoever_runs_it_how_many_left_and_under_whose_name(
    synced: Installation,
) -> None:
    told = synced.run("export")
    number = len(told.out.splitlines())
    assert number == len(entries(synced, action="exported")) > 0
    assert f"{number:,} customers left masked, each an entry of the journal" in told.err
    assert journal.operator().name in told.err
