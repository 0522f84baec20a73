"""`espelho backup` and `restore`: in every order, and nothing that was revoked comes back."""

import re
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from mirror.ledger import journal
from mirror.ledger.copies import Noted, Outside, misfit
from mirror.store.engine import Database
from mirror.store.faults import Replaced
from mirror.store.sealing import load_key
from mirror.store.sqlite import open_ledger
from tests.faults.installation import Installation, installed
from web.accounts import session, staff
from web.terminals import devices

PASSWORD = "uma senha comprida"


@dataclass
class Shop:
    """An installation with people, terminals and a journal; what became of them is asked of it."""

    made: Installation
    tokens: dict[str, str]

    def opened(self) -> Database:
        return open_ledger(self.made.data, load_key(self.made.key))

    def act(self, db: Database | None = None, rows: int = 3) -> None:
        entry = journal.Entry("staff", "ana", "reveal", 1, "loja", "C-1", "phone", "sale")
        if db is not None:
            journal.record(db, *(entry for _ in range(rows)))
            return
        with closing(self.opened()) as own:
            journal.record(own, *(entry for _ in range(rows)))

    def backup(self) -> Path:
        told = self.made.must("backup", str(self.made.directory))
        return Path(re.match(r"(\S+\.ledger): [\d,]+ entries, read again: intact", told)[1])  # type: ignore[index]

    def knows(self) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]], int]:
        with closing(self.opened()) as db:
            people = [(one.login, one.active) for one in staff.listing(db)]
            terminals = [(one.name, one.revoked_at is not None) for one in devices.listing(db)]
            assert journal.verify(db).intact
            return people, terminals, len(journal.entries(db, limit=10_000))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = installed(tmp_path / "made", "https://master.example")
    shop = Shop(made, {})
    with closing(shop.opened()) as db:
        for login in ("ana", "bia"):
            staff.add(db, login, login.title(), "attendant", PASSWORD)
        for name in ("caixa-1", "caixa-2"):
            shop.tokens[name] = devices.add(db, name, "Centro")
    shop.act()
    return shop


def _revoked_since(shop: Shop) -> None:
    shop.made.must("user", "disable", "bia")
    shop.made.must("device", "revoke", "caixa-2")
    shop.act()


EVERYBODY = [("ana", True), ("bia", False)], [("caixa-1", False), ("caixa-2", True)]


def test_a_backup_takes_nothing_back_from_a_newer_ledger(shop: Shop):
    file = shop.backup()
    _revoked_since(shop)
    _, _, before = shop.knows()

    told = shop.made.must("restore", str(file))

    assert "its journal lacks nothing that the backup has" in told
    *known, rows = shop.knows()
    assert (tuple(known), rows) == (EVERYBODY, before + 1)
    assert "intact" in shop.made.must("audit", "--verify")


def test_what_an_older_ledger_lacks_comes_from_the_backup(shop: Shop):
    older = Path(shutil.copy(shop.made.data / "ledger.db", shop.made.directory / "older.db"))
    _revoked_since(shop)
    file = shop.backup()
    _, _, before = shop.knows()
    shutil.copyfile(older, shop.made.data / "ledger.db")

    told = shop.made.must("restore", str(file))

    assert "entries came from the backup" in told
    assert "lost" not in told
    *known, rows = shop.knows()
    assert (tuple(known), rows) == (EVERYBODY, before + 1)
    assert "intact" in shop.made.must("audit", "--verify")


def test_a_lost_ledger_is_restored_and_what_is_lost_is_said(shop: Shop):
    file = shop.backup()
    _revoked_since(shop)
    shop.made.must("backup", str(shop.made.directory / "later.db"))
    (shop.made.data / "ledger.db").unlink()

    told = shop.made.must("restore", str(file))

    assert re.search(
        r"Entries 9 to 1\d are lost: on 20\S+ the last of them was noted outside", told
    )
    assert "espelho device list" in told
    verified = shop.made.run("audit", "--verify")
    assert verified.code == 0, verified
    with closing(shop.opened()) as db:
        newest = journal.entries(db, limit=1)[0]
    assert (newest.action, newest.reason and newest.reason[:24]) == (
        "restore",
        "last head noted outside:",
    )


def test_a_ledger_that_leads_elsewhere_is_set_aside_and_its_entries_carried(shop: Shop):
    shop.made.must("device", "revoke", "caixa-1")
    file = shop.backup()
    for one in shop.made.data.glob("ledger.*"):
        one.unlink()
    shop.made.must("init")
    with closing(shop.opened()) as db:
        staff.add(db, "eva", "Eva", "attendant", PASSWORD)
        staff.add(db, "bia", "Bia", "attendant", PASSWORD)
        staff.disable(db, "bia")
        devices.add(db, "caixa-1", "Centro")
    shop.act(rows=2)
    with closing(shop.opened()) as db:
        carried = len(journal.entries(db))

    told = shop.made.must("restore", str(file))

    assert f"The backup is in place, with {carried} entries of the one that was there" in told
    assert "Set aside: " in told
    people, terminals, rows = shop.knows()
    assert people == [("ana", True), ("bia", False), ("eva", True)]
    assert terminals == [("caixa-1", True), ("caixa-2", False)]
    assert rows == 7 + 2 + 1 + carried  # before the backup, with it, of restoring, carried


def test_of_a_damaged_ledger_what_was_revoked_is_kept(shop: Shop):
    file = shop.backup()
    _revoked_since(shop)
    with closing(shop.opened()) as db, db.writing() as connection:
        connection.exec_driver_sql("UPDATE audit SET field = 'x' WHERE id = 2")

    told = shop.made.must("restore", str(file))

    assert "Set aside:" in told
    people, terminals, _ = shop.knows()
    assert (people, terminals) == EVERYBODY


def test_sessions_end_and_a_ledger_that_is_open_goes_on(shop: Shop):
    with closing(shop.opened()) as db:
        token = session.start(db, staff.listing(db)[0])
        assert session.resume(db, token)
        file = shop.backup()
        shop.act(db)

        shop.made.must("restore", str(file))

        assert session.resume(db, token) is None
        shop.act(db)
        assert [one.action for one in journal.entries(db, limit=8)] == [
            *("reveal", "reveal", "reveal", "restore"),
            *("reveal", "reveal", "reveal", "backup"),
        ]


def test_a_restored_ledger_is_followed_by_who_had_the_lost_one_open(shop: Shop):
    with closing(shop.opened()) as db:
        file = shop.backup()
        (shop.made.data / "ledger.db").unlink()
        with pytest.raises(Replaced):
            shop.act(db)

        shop.made.must("restore", str(file))

        shop.act(db)
        assert [one.action for one in journal.entries(db, limit=5)][:4] == [
            *("reveal", "reveal", "reveal"),
            "restore",
        ]


def test_a_log_of_another_file_is_set_aside_by_a_restore(shop: Shop):
    file = shop.backup()
    older = (shop.made.data / "ledger.db").read_bytes()
    with closing(shop.opened()) as db:
        shop.act(db)
        db.file.settle()  # type: ignore[union-attr]
        shop.act(db)
        left = shutil.copytree(
            shop.made.data, shop.made.directory / "left", ignore=shutil.ignore_patterns("*-shm")
        )
    shutil.rmtree(shop.made.data)
    left.rename(shop.made.data)
    (shop.made.data / "ledger.db").write_bytes(older)
    refused = shop.made.run("user", "list")
    assert (refused.code, "written beside another file" in refused.err) == (4, True)

    told = shop.made.must("restore", str(file))

    assert re.search(r"set-aside-[\d-]+-wal", told)
    assert "intact" in shop.made.must("audit", "--verify")


def test_nothing_is_restored_from_what_is_no_whole_backup(shop: Shop):
    file = shop.backup()
    content = bytearray(file.read_bytes())
    content[-2000] ^= 1
    file.write_bytes(content)
    before = shop.knows()

    refused = shop.made.run("restore", str(file))

    assert refused.code == 4
    assert "is damaged" in refused.err
    assert shop.knows() == before
    assert not list(shop.made.data.glob("ledger-restoring*"))


# The head outside.


def test_commands_note_the_head_outside_the_data_directory(shop: Shop):
    shop.made.must("user", "list")

    noted = Outside(shop.made.directory / "data.head").noted()
    with closing(shop.opened()) as db:
        assert noted[-1].head == journal.head(db)


def test_a_journal_rolled_back_is_told_and_not_served(shop: Shop):
    older = shop.backup()
    shop.act()
    shop.made.must("user", "list")  # notes the head
    for one in shop.made.data.glob("ledger.*"):
        one.unlink()
    shutil.copyfile(older, shop.made.data / "ledger.db")

    verified = shop.made.run("audit", "--verify")
    served = shop.made.run("serve", "--only", "web", "--port", "1")

    assert verified.code == 1
    assert "The journal ends at entry 8, but on" in verified.out
    assert served.code == 4
    assert "espelho restore --as-it-is" in served.err
    shop.made.must("restore", "--as-it-is")
    assert "It leads to each of 1 heads" in shop.made.must("audit", "--verify")


def test_a_head_given_by_hand_is_looked_for(shop: Shop):
    with closing(shop.opened()) as db:
        head = journal.head(db)
        assert not misfit(db, [Noted("now", head)])

    assert shop.made.run("audit", "--verify", "--head", head).code == 0
    other = shop.made.run(
        "audit", "--verify", "--head", head[:-1] + ("0" if head[-1] != "0" else "1")
    )
    assert other.code == 1
    assert "by hand entry 7" in other.out
    assert shop.made.run("audit", "--verify", "--head", "nonsense").code == 4
