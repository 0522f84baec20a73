"""Nobody's data outside the seal: not in files, not in what a process printed, not in a URL."""

import logging
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from config.assemble import ledger_of, mirror_of
from config.settings import load
from connector.sandbox import Sandbox
from mirror.ledger import ledger as journal
from mirror.store.tables import mirror
from tests.faults.installation import TOKEN, TOKEN_VARIABLE, Installation, installed
from tests.faults.masters import Master
from tests.faults.processes import answering_at, free_port, wait_until
from tests.faults.scanner import Scanner, personal
from web import customers as pages
from web.accounts import session, staff
from web.app import create_app

pytestmark = pytest.mark.timeout(600)

CUSTOMERS, SOUGHT, ASKED = 3_000, 1_000, 25
FOLLOWED = "espelho.sync: loja: Read what changed"
PASSWORD = "uma senha comprida"


@dataclass
class Scene:
    """An installation that was used, and all that it said meanwhile."""

    made: Installation
    records: list[dict[str, Any]]
    printed: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    def values(self) -> set[str]:
        return {value for record in self.records for value in personal(record)}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    directory = tmp_path_factory.mktemp("used")
    with ExitStack() as stack:
        box = Sandbox(CUSTOMERS, 5, TOKEN, changes_per_minute=120)
        url = stack.enter_context(box.running())
        master = stack.enter_context(closing(Master(url)))
        port = free_port()
        made = installed(directory / "made", url, port=port, interval="1s")
        own = "[web]\nreveals_per_password = 0\n"  # every page is opened without a pause
        made.file.write_text(made.file.read_text("utf-8").replace("[web]\n", own), "utf-8")
        scene = Scene(made, master.records()[:SOUGHT])
        _use_commands(scene)
        log = directory / "log"
        serving = made.start("serve", stdout=log.open("w"), stderr=subprocess.STDOUT)
        wait_until(lambda: answering_at(f"http://127.0.0.1:{port}/saude"), serving)
        token = made.must("device", "add", "caixa 1", "--store", "Centro").strip()
        _use_pages(scene, f"http://127.0.0.1:{port}", token)
        wait_until(lambda: log.read_text().count(FOLLOWED) > 1, serving)
        yield scene  # while it serves: the write-ahead logs are there to be searched
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(30) == 0


def _use_commands(scene: Scene) -> None:
    made = scene.made
    made.environment["ESPELHO_PASSWORD"] = PASSWORD
    lists = (("runs",), ("quarantine", "list"), ("hold", "list"), ("user", "list"), ("audit",))
    for command in (
        ("sync", "--json"),
        ("sync", "--full"),
        ("sync", "--dry-run"),
        ("check",),
        ("check", "--json"),
        ("user", "add", "operador", "--role", "supervisor"),
        *lists,
        *((*command, "--json") for command in lists),
        ("audit", "--verify"),
    ):
        told = made.run(*command)
        assert told.code == 0, told
        scene.printed += (told.out, told.err)
    made.environment[TOKEN_VARIABLE] = "wrong"
    told = made.run("sync", "--json")
    assert told.code == 1
    scene.printed += (told.out, told.err)
    del made.environment[TOKEN_VARIABLE]


def _use_pages(scene: Scene, url: str, token: str) -> None:
    hooks = {"response": [lambda answer: scene.urls.append(str(answer.url))]}
    with httpx.Client(base_url=url, follow_redirects=True, event_hooks=hooks) as client:
        answer = client.post("/entrar", data={"login": "operador", "password": PASSWORD})
        assert "Sair" in answer.text
        for number, record in enumerate(scene.records[:ASKED]):
            for term in personal(record):
                assert client.post("/clientes/busca", data={"q": term}).status_code == 200
            customer = {"field": "document-0", "reason": "atendimento"}
            shown = client.post(f"/clientes/{number + 1}/revelar", data=customer)
            assert shown.status_code in (200, 404)  # 404: without a document
            client.get(f"/clientes/{record.get('cpf')}")
        client.get("/auditoria")
        _use_terminal(client, scene, token)


def _use_terminal(client: httpx.Client, scene: Scene, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    found = 0
    for record in scene.records[:ASKED]:
        asked = {"document": record.get("cpf") or record.get("cnpj") or "1"}
        answer = client.post("/api/v1/lookup", json=asked, headers=headers)
        found += len(answer.json().get("customers", ()))
    assert found > ASKED // 2


def test_the_scanner_finds_every_value_where_it_is_in_clear(scene: Scene, tmp_path: Path) -> None:
    values = scene.values()
    assert len(values) > 4 * SOUGHT
    scanner = Scanner(values)
    with closing(sqlite3.connect(tmp_path / "clear.db")) as db:
        db.execute("CREATE TABLE customer (doc)")
        db.executemany("INSERT INTO customer VALUES (?)", ((value.lower(),) for value in values))
        db.commit()
    (tmp_path / "wide").write_text("".join(sorted(values)), "utf-16-be")
    (tmp_path / "log").write_text("\n".join(f"cannot read {value!r}" for value in values))

    found = scanner.find_in(tmp_path)

    assert found == {str(tmp_path / name): values for name in ("clear.db", "wide", "log")}
    assert scanner.find(b"nothing to be seen here: 123.456.789-0") == set()


def test_no_file_of_the_installation_holds_anybodys_data(scene: Scene) -> None:
    names = {file.name for file in scene.made.directory.rglob("*")}
    assert {"mirror.db", "mirror.db-wal", "mirror.db-shm", "ledger.db", "ledger.db-wal"} <= names
    assert {"connector.lock", "espelho.key", "espelho.toml"} <= names

    assert Scanner(scene.values()).find_in(scene.made.directory) == {}


def test_no_column_holds_anybodys_data_outside_its_seal(scene: Scene) -> None:
    """The files are encrypted as a whole; inside, what says who somebody is lies sealed again."""
    settings = load(scene.made.file)
    content = []
    with closing(mirror_of(settings, read_only=True)) as db, closing(ledger_of(settings)) as ledger:
        for one, tables in ((db, mirror), (ledger, journal)):
            with one.reading() as connection:
                for table in tables.sorted_tables:
                    rows = connection.execute(select(table)).all()
                    content += [value for row in rows for value in row]
    numbers = {str(cell) for cell in content if isinstance(cell, int)}
    texts = [
        cell if isinstance(cell, bytes) else str(cell).encode()
        for cell in content
        if not isinstance(cell, int)
    ]
    assert len(content) > 20 * CUSTOMERS

    # A number is looked at whole: among the 19 digits of a keyed one stands, by chance, any phone.
    assert {value for value in scene.values() if value.lstrip("0+") in numbers} == set()
    assert Scanner(scene.values()).find(b"\n".join(texts)) == set()


def test_no_process_printed_anybodys_data(scene: Scene) -> None:
    log = (scene.made.directory.parent / "log").read_text()
    assert FOLLOWED in log
    printed = "\n".join([*scene.printed, log])
    assert "unreadable and put in quarantine" in printed
    assert "refused the credentials" in printed

    assert Scanner(scene.values()).find(printed.encode()) == set()


def test_no_url_holds_anybodys_data(scene: Scene) -> None:
    asked_by_us = {f"/clientes/{record.get('cpf')}" for record in scene.records[:ASKED]}
    urls = [url for url in scene.urls if not any(url.endswith(path) for path in asked_by_us)]
    assert any("/clientes/busca/" in url for url in urls)

    assert Scanner(scene.values()).find("\n".join(urls).encode()) == set()


@pytest.mark.parametrize("command", [("sync",), ("sync", "--dry-run"), ("check",)])
def test_a_defect_is_told_without_the_data_it_quotes(
    scene: Scene, tmp_path: Path, command: tuple[str, ...]
) -> None:
    made = _with_a_defect(scene, tmp_path)

    told = made.run(*command)

    assert told.code == 70
    assert "A defect of the program: RuntimeError at tests/faults/broken_inside.py:" in told.err
    assert Scanner(scene.values()).find((told.out + told.err).encode()) == set()
    assert Scanner(scene.values()).find_in(made.directory) == {}


def test_a_defect_under_the_schedule_is_told_without_the_data_it_quotes(
    scene: Scene, tmp_path: Path
) -> None:
    made = _with_a_defect(scene, tmp_path)
    log = tmp_path / "log"
    serving = made.start(
        "serve", "--only", "connector", stdout=log.open("w"), stderr=subprocess.STDOUT
    )
    wait_until(lambda: "A defect of the program" in log.read_text(), serving)

    serving.terminate()

    assert serving.wait(30) == 0
    assert "Next try in 1 s." in log.read_text()
    assert Scanner(scene.values()).find(log.read_bytes()) == set()


def _with_a_defect(scene: Scene, directory: Path) -> Installation:
    text = scene.made.file.read_text()
    master = text.partition('base_url = "')[2].partition('"')[0]
    made = installed(directory / "made", master, interval="1s")
    made.module = "tests.faults.broken_inside"
    return made


def test_a_defect_of_a_page_is_told_without_the_data_it_quotes(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"cannot show {scene.records[0]}")

    monkeypatch.setattr(pages.search, "find", fail)
    # Whoever configures logging anew in this process (a linter does) silences what was there.
    monkeypatch.setattr(logging.getLogger("web.errors"), "disabled", False)
    settings = load(scene.made.file)
    with closing(mirror_of(settings, read_only=True)) as db, closing(ledger_of(settings)) as ledger:
        client = create_app(db, ledger, settings.web).test_client()
        who = staff.authenticate(ledger, "operador", PASSWORD)
        assert who is not None
        client.set_cookie("espelho", session.start(ledger, who))
        with caplog.at_level(logging.DEBUG):
            answer = client.post("/clientes/busca", data={"q": scene.records[0]["name"]})

    assert answer.status_code == 500
    assert "RuntimeError" in caplog.text
    said = answer.get_data() + caplog.text.encode()
    assert Scanner(personal(scene.records[0])).find(said) == set()
