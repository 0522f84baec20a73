"""An installation whose databases lie on a PostgreSQL server, used as people use it."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config import settings
from config.assemble import ledger_of
from config.settings import BadSettings
from tests.fakes.engines import Bench
from tests.faults.handled import Served
from tests.faults.installation import Installation
from tests.faults.scripted import Script, answering, customer, page
from web.terminals import devices

CUSTOMERS = tuple(map(customer, (1, 2, 3)))


@pytest.fixture
def master() -> Iterator[Script]:
    with answering(page(*CUSTOMERS)) as script:
        yield script


@pytest.fixture
def on_server(tmp_path: Path, master: Script, bench: Bench) -> Iterator[Installation]:
    """Made by `espelho init`, with an administrator's address that is told once."""
    made = Installation(tmp_path / "made")
    made.directory.mkdir()
    names = [f"shop_{tmp_path.name[-12:].replace('-', '_').lower()}_{one}" for one in "ml"]
    mirror, ledger = map(bench.url, names)
    made.configure(master.url, more=f'\n[mirror]\nurl = "{mirror}"\n\n[ledger]\nurl = "{ledger}"\n')
    once = Installation(made.directory, {"ESPELHO_ADMIN_URL": bench.server.admin_url})
    told = once.must("init")
    assert "The mirror on its server is ready." in told
    assert "The ledger on its server is ready." in told
    yield made
    for name in names:
        bench.link.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_it_is_followed_served_and_audited_from_there(on_server: Installation, master: Script):
    made = on_server
    assert "3 new" in made.must("sync")
    master.answer = lambda target: page(customer(1, v=2), customer(4))
    assert "1 new, 1 changed" in made.must("sync")
    made.must("init")  # safe to repeat, and without an administrator
    with closing(ledger_of(settings.load(made.file))) as ledger:
        token = devices.add(ledger, "till-1", "Centro")

    served = Served(made, token)
    served.start()
    try:
        answer = served.answer()
        assert (answer.code, answer.state) == (200, "fresh")
        assert answer.name
    finally:
        assert served.process
        served.process.send_signal(signal.SIGTERM)
        served.process.communicate(timeout=60)

    assert "intact" in made.must("audit", "--verify")
    assert '"lookup"' in made.must("audit", "--json")
    assert {file.name for file in made.data.iterdir()}.isdisjoint({"mirror.db", "ledger.db"})


def test_what_is_the_server_s_business_is_told_as_such(on_server: Installation, tmp_path: Path):
    told = on_server.run("backup", str(tmp_path / "kept"))

    assert told.code != 0
    assert "base backups" in told.err
    assert "Traceback" not in told.err
    assert on_server.must("restore", "--as-it-is")


def test_a_mirror_is_set_aside_and_made_anew_there(on_server: Installation):
    on_server.must("sync")

    told = on_server.must("rebuild", "--anyway")

    assert "espelho_set_aside_" in told
    assert "3 new" in told
    assert len(on_server.must("export").splitlines()) == 3


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('[mirror]\nurl = "postgresql://u:secret@db.example/x"', "mirror.url has a password"),
        ('[mirror]\nurl = "mysql://db.example/x"', 'mirror.url must be like "postgresql:'),
        ('[ledger]\nurl = "postgresql://db.example/"', "ledger.url must be like"),
        ('[ledger]\nurl = "postgresql://db.example/x?sslmode=require"', "sslmode=require"),
        ('[mirror]\nread_url = ["postgresql:///x"]', "mirror.read_url needs mirror.url"),
        (
            '[mirror]\nurl = "postgresql:///x"\n[ledger]\nurl = "postgresql:///x"',
            "ledger.url is the mirror's",
        ),
        ('[mirror]\nurl = "postgresql:///x"\npassword = { eve = "X" }', "mirror.password must"),
    ],
)
def test_a_place_that_cannot_be_used_is_a_mistake_of_the_settings(
    tmp_path: Path, lines: str, said: str
):
    file = tmp_path / "espelho.toml"
    file.write_text(f"{lines}\n")

    with pytest.raises(BadSettings) as mistakes:
        settings.load(file)
    assert said in str(mistakes.value)
    assert "secret" not in str(mistakes.value)


def test_another_machine_is_asked_with_tls_and_its_name_checked():
    from mirror.store.postgres_link import Server

    def asked(url: str) -> dict[str, object]:
        return Server("mirror", [url], "espelho_writer", "word", 60)._parameters(url)

    away = asked("postgresql://db.example/x")
    assert (away["sslmode"], away["sslrootcert"], away["user"], away["password"]) == (
        *("verify-full", "system"),
        *("espelho_writer", "word"),
    )
    own = asked("postgresql://db.example/x?sslrootcert=/etc/own.pem")
    assert (own["sslmode"], "sslrootcert" in own) == ("verify-full", False)
    assert "sslmode" not in asked("postgresql:///x")


def test_settings_of_a_server_are_read_whole(tmp_path: Path):
    file = tmp_path / "espelho.toml"
    file.write_text(
        '[mirror]\nurl = "postgresql://db.example/m"\npassword = { env = "A" }\n'
        'read_url = ["postgresql://one.example/m", "postgresql://two.example/m"]\n'
        'read_password = { file = "reader.password" }\n[ledger]\nurl = "postgresql:///l"\n'
    )
    read = settings.load(file)

    assert (read.mirror.url, len(read.mirror.read_url)) == ("postgresql://db.example/m", 2)
    assert (read.mirror.read_password, read.ledger.url) == (
        {"file": "reader.password"},
        "postgresql:///l",
    )


@pytest.fixture
def files(tmp_path: Path, master: Script) -> Installation:
    """An installation in files, with customers, staff and terminals of whom one was revoked."""
    made = Installation(tmp_path / "files")
    made.directory.mkdir()
    made.configure(master.url)
    made.must("init")
    made.must("sync")
    with closing(ledger_of(settings.load(made.file))) as ledger:
        devices.add(ledger, "till-1", "Centro")
        devices.add(ledger, "till-2", "Centro")
        devices.revoke(ledger, "till-2")
    return made


def test_all_that_is_there_is_moved_to_a_server_and_back(
    files: Installation, on_server: Installation, tmp_path: Path
):
    shutil.copy(files.key, on_server.key)
    there = on_server.file
    before = _all_of(files)

    told = files.must("move", "--to", str(there))
    assert told.count("read again there and the same") == 2
    assert _all_of(on_server)[:2] == before[:2]
    assert "intact" in on_server.must("audit", "--verify")
    assert "moved" in on_server.must("audit", "--json")
    on_server.must("sync")

    again = files.run("move", "--to", str(there))
    assert "where they are to be moved to" in again.err
    assert "already lies there" in on_server.run("move", "--to", str(there)).err

    back = Installation(tmp_path / "back")
    back.directory.mkdir()
    back.file.write_text(files.file.read_text())
    shutil.copy(files.key, back.key)
    back.must("init")
    on_server.must("move", "--to", str(back.file))
    assert _all_of(back)[:2] == before[:2]
    assert "intact" in back.must("audit", "--verify")
    back.must("sync")


def _all_of(made: Installation) -> tuple[str, list[tuple[str, bool]], str]:
    with closing(ledger_of(settings.load(made.file))) as ledger:
        known = [(one.name, one.revoked_at is not None) for one in devices.listing(ledger)]
    return made.must("export", "--clear", "--reason", "prova"), known, made.must("runs", "--json")


def test_a_move_with_another_key_is_refused(files: Installation, on_server: Installation):
    told = files.run("move", "--to", str(on_server.file))

    assert "another key file" in told.err
    assert told.code != 0
