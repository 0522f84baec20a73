import json
from contextlib import closing

import pytest

from mirror.ledger import journal
from mirror.store.sealing import load_key
from mirror.store.sqlite import open_ledger
from tests.config.reading import read_rows
from tests.faults.installation import Installation
from tests.faults.refusing import customers, refused
from tests.faults.scripted import Answer, Script, customer, page


def test_sync_says_in_a_sentence_or_in_json_what_it_did(synced: Installation, master: Script):
    master.answer = lambda target: page(customer(1, v=2), customer(4))

    assert synced.must("sync") == "loja: Read what changed: 2 received, 1 new, 1 changed.\n"
    (report,) = read_rows(synced, "sync", "--json")
    assert (report["source"], report["mode"], report["ok"]) == ("loja", "changes", True)
    assert report["figures"]["received"] == 2
    assert report["sentence"] == "Read what changed: 2 received, nothing new."


def test_a_failed_sync_ends_with_one_and_answers_programs_too(synced: Installation, master: Script):
    master.answer = lambda target: Answer(b"", status=401)

    told = synced.run("sync", "--json")

    assert told.code == 1
    assert json.loads(told.out)["ok"] is False
    assert "refused the credentials" in json.loads(told.out)["sentence"]


def test_one_source_of_several(synced: Installation, master: Script):
    text = synced.file.read_text()
    other = text[text.index("[sources.loja]") :].replace("sources.loja", "sources.outra")
    synced.file.write_text(text + other)

    assert synced.must("sync", "--source", "outra").startswith("outra: Listed everything")
    assert [row["source"] for row in read_rows(synced, "sync", "--json")] == ["loja", "outra"]
    assert {row["source"] for row in read_rows(synced, "export", "--source", "outra")} == {"outra"}


def test_a_source_that_fails_does_not_stop_the_next(synced: Installation, master: Script):
    text = synced.file.read_text()
    other = text[text.index("[sources.loja]") :].replace("sources.loja", "sources.outra")
    down = text.replace(master.url, "http://127.0.0.1:1")
    synced.file.write_text(down + other)

    told = synced.run("sync", "--json")

    assert told.code == 1
    assert [json.loads(line)["ok"] for line in told.out.splitlines()] == [False, True]


def test_a_dry_run_changes_nothing(synced: Installation, master: Script):
    before, runs = customers(synced), len(read_rows(synced, "runs", "--json"))
    master.answer = lambda target: page(customer(1, v=2), customer(4), customer(5, name=True))

    told = synced.must("sync", "--dry-run")

    assert "Would add 1, change 1 and put 1 in quarantine, of 3 received." in told
    assert customers(synced) == before
    assert len(read_rows(synced, "runs", "--json")) == runs
    (report,) = read_rows(synced, "sync", "--dry-run", "--json")
    assert report["mode"] == "dry run"


def test_runs_are_listed_newest_first(synced: Installation):
    synced.must("sync", "--full")

    runs = read_rows(synced, "runs", "--json")

    assert [run["mode"] for run in runs] == ["sweep", "initial"]
    assert {run["outcome"] for run in runs} == {"ok"}
    assert len(read_rows(synced, "runs", "--json", "--limit", "1")) == 1
    assert "Listed everything: 3 received, 3 new." in synced.must("runs")


def test_quarantine_is_listed_without_values(synced: Installation, master: Script):
    assert synced.must("quarantine", "list") == "Nothing is in quarantine.\n"
    assert read_rows(synced, "quarantine", "list", "--json") == []
    master.answer = lambda target: page(customer(1, v=2, name={"of": "Segredo", "by": "y"}))
    synced.must("sync")

    told = synced.must("quarantine", "list")

    assert "not_text" in told
    assert "Segredo" not in told
    (row,) = read_rows(synced, "quarantine", "list", "--json")
    assert (row["external_id"], row["field"], row["rule"]) == ("1", "name", "not_text")
    assert row["shape"] == '{"aa": "aaaaaaa", "aa": "a"}'
    assert '{"aa": "aaaaaaa", "aa": "a"}' in told


def test_a_removal_too_large_waits_until_a_person_lets_it_go(synced: Installation, master: Script):
    assert synced.must("hold", "list") == "Nothing is on hold.\n"
    told = refused(synced, "hold", "release", "loja", code=1)
    assert "Nothing is on hold for 'loja'" in told
    many = [customer(number) for number in range(1, 101)]
    master.answer = lambda target: page(*many)
    synced.must("sync")
    master.answer = lambda target: page(*many[:20])

    assert "held, nothing was removed" in refused(synced, "sync", "--full", code=1)
    assert len(customers(synced)) == 100
    (held,) = read_rows(synced, "hold", "list", "--json")
    assert (held["missing"], held["known"], held["released_at"]) == (80, 100, None)
    assert "espelho sync --full --source loja" in synced.must("hold", "release", "loja")
    synced.must("sync", "--full")

    assert len(customers(synced)) == 20
    assert read_rows(synced, "hold", "list", "--json") == []


def test_a_master_that_went_back_waits_until_a_person_takes_its_word(
    synced: Installation, master: Script
):
    master.answer = lambda target: page(customer(1, v=7), customer(2), customer(3))
    synced.must("sync")
    master.answer = lambda target: page(customer(1, v=2), customer(2))

    told = refused(synced, "sync", "--full", code=1)
    assert "1 are older at the master than here" in told
    assert "hold release" in synced.must("sync"), "every run says that something waits"
    assert "older" in synced.must("hold", "list")
    told = refused(synced, "hold", "release", "loja", code=1)
    assert "Of loja wait: gone, older. Say --only one of them, or --all." in told
    told = refused(synced, "hold", "release", "loja", "--only", "email", code=1)
    assert "there is no 'email' on hold" in told
    synced.must("hold", "release", "loja", "--all")
    assert "1 changed" in synced.must("sync", "--full")
    assert len(customers(synced)) == 2


def test_export_is_masked_and_written_down_all_the_same(synced: Installation):
    told = synced.must("export")

    rows = [json.loads(line) for line in told.splitlines()]
    assert [row["external_id"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["documents"] == ["***.982.247-**"]
    assert "52998224725" not in told
    assert "cliente1@" not in told
    *each, entry = read_rows(synced, "audit", "--json")
    assert (entry["action"], entry["detail"], entry["reason"]) == ("export", "masked", None)
    assert [one["external_id"] for one in each] == ["3", "2", "1"]


@pytest.mark.parametrize("reason", [(), ("--reason", ""), ("--reason", "  ")])
def test_a_clear_export_needs_a_reason(synced: Installation, reason: tuple[str, ...]):
    told = synced.run("export", "--clear", *reason)

    assert (told.code, told.out) == (2, "")
    assert "needs --reason" in told.err
    assert read_rows(synced, "audit", "--json") == []


def test_a_clear_export_is_written_down_first(synced: Installation):
    rows = read_rows(synced, "export", "--clear", "--reason", "titular pediu")

    assert rows[0]["documents"] == ["52998224725"]
    assert rows[0]["emails"] == ["cliente1@exemplo.com.br"]
    assert rows[0]["phones"] == ["+5511987654321"]
    *_, entry = read_rows(synced, "audit", "--json")
    told = entry["actor_kind"], entry["action"], entry["reason"], entry["detail"]
    assert told == ("command", "export", "titular pediu", "clear")


def test_the_journal_is_listed_filtered_and_verified(synced: Installation):
    for reason in ("um", "dois"):
        synced.must("export", "--clear", "--reason", reason)
    actor = read_rows(synced, "audit", "--json")[0]["actor"]

    made = read_rows(synced, "audit", "--json", "--action", "export")
    assert [row["reason"] for row in made] == ["dois", "um"]
    assert len(read_rows(synced, "audit", "--json", "--limit", "1")) == 1
    assert read_rows(synced, "audit", "--json", "--actor", "ninguém") == []
    assert {row["action"] for row in read_rows(synced, "audit", "--json", "--customer", "1")} == {
        "exported"
    }
    assert "dois" in synced.must("audit", "--actor", actor)
    rows = 2 * 4 + 6  # two exports of three customers, six readings
    assert f"{rows} entries checked: intact." in synced.must("audit", "--verify")
    (verdict,) = read_rows(synced, "audit", "--verify", "--json")
    assert (verdict["rows"], verdict["broken_at"]) == (rows, None)


def test_a_journal_that_was_altered_ends_with_one(synced: Installation):
    synced.must("export", "--clear", "--reason", "um")
    with closing(open_ledger(synced.data, load_key(synced.key))) as ledger:
        journal.record(ledger, journal.Entry("command", "x", "export"))
        with ledger.writing() as connection:
            connection.exec_driver_sql("UPDATE audit SET reason = 'outro' WHERE id = 1")

    told = synced.run("audit", "--verify")

    assert told.code == 1
    assert "broken at entry 1" in told.out
