"""How long a lookup takes: by CPF in the program, and over HTTP as a terminal asks."""

import http.client
import json
import random
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import perf_counter_ns, process_time
from types import MappingProxyType
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

from config.assemble import mirror_of
from config.settings import Settings, load
from mirror.identifiers import Query, Reading
from mirror.reading.find import find, get
from mirror.reading.listing import Filters, counts
from mirror.store.engine import Database
from mirror.store.sqlite import MIRROR_FILE
from tests.bench import measuring
from tests.bench.measuring import Table, wait_for
from tests.bench.peers import Peers
from tests.bench.workbench import Workbench
from tests.faults.installation import TOKEN

_IN_PROGRAM, _OVER_HTTP = 3_000, 1_000
_WARM_UP = 50


def measure(bench: Workbench) -> Table:
    """Microseconds of one lookup, in the program and of a served installation."""
    made = bench.mirror
    made.must("sync")
    token = made.must("device", "add", "bench", "--store", "bench").strip()
    port = made.file.read_text().partition("port = ")[2].partition("\n")[0]
    server = made.start("serve", "--only", "web", stdout=None, stderr=None)
    try:
        wait_for(f"http://127.0.0.1:{port}/saude")
        command = [sys.executable, "-m", "tests.bench.lookups", str(made.file), port, token]
        _, told = measuring.account(command, made.variables(), made.directory)
    finally:
        server.terminate()
        server.wait()
    table: Table = json.loads(told)
    return table | (_of_peers(bench, bench.peers) if bench.peers else {})


def _of_peers(bench: Workbench, peers: Peers) -> Table:
    """The same customers in clear, a row of them asked for as JSON."""
    file = bench.place / "rows.db"
    floor = [sys.executable, "-m", "tests.bench.floors", "clear", bench.master(), TOKEN, str(file)]
    measuring.account(floor, bench.mirror.variables(), bench.place)
    dice = random.Random(1)
    rows = [str(dice.randint(1, bench.customers())) for _ in range(_OVER_HTTP + _WARM_UP)]
    with peers.serving(file) as port:
        over = http.client.HTTPConnection("127.0.0.1", port)
        spent = _timed(lambda row: _asked(over, "GET", f"/rows/customer/{row}.json"), rows)
        over.close()
    return {"Datasette: GET a row as JSON, in clear": spent}


def _asked_often(file: Path, port: int, token: str) -> Table:
    """Microseconds at the median and the 99th percentile, and of processor time in the program."""
    settings = load(file)
    db = mirror_of(settings, read_only=True)
    total = counts(db, Filters("PF")) + counts(db, Filters("PJ"))
    cpfs = _some_cpfs(db, total, min(_IN_PROGRAM, total * 5) + _WARM_UP)
    answers = {
        "floor: the sealed row by a key, sqlcipher3 alone": _in_program(_floor(settings, db), cpfs),
        "find() by CPF": _in_program(lambda cpf: find(db, _query(cpf)), cpfs),
    }
    over = http.client.HTTPConnection("127.0.0.1", port)
    answers["GET /saude, the floor of HTTP"] = _timed(lambda _: _asked(over, "GET", "/saude"), cpfs)
    answers["POST /api/v1/lookup by CPF"] = _timed(lambda cpf: _looked_up(over, token, cpf), cpfs)
    over.close()
    db.close()
    return answers


def _some_cpfs(db: Database, total: int, wanted: int) -> list[str]:
    dice = random.Random(1)
    found: list[str] = []
    while len(found) < wanted:
        one = get(db, dice.randint(1, total))
        found += [d.value for d in one.customer.documents if d.kind == "cpf"] if one else []
    return found


def _floor(settings: Settings, db: Database) -> Callable[[str], object]:
    link = sqlcipher.connect(str(settings.data_dir / MIRROR_FILE))
    link.execute(f"PRAGMA key = \"x'{db.keys.derive('database mirror').hex()}'\"")
    text = "SELECT doc FROM lookup JOIN customer ON customer.id = lookup.customer WHERE key = ?"
    return lambda cpf: link.execute(text, (db.keys.blind("cpf", cpf),)).fetchone()


def _query(cpf: str) -> Query:
    return Query((Reading("cpf", cpf, ""),), None)


def _in_program(ask: Callable[[str], object], cpfs: list[str]) -> dict[str, float]:
    started = process_time()
    spread = _spread(_timings(ask, cpfs))
    return spread | {"CPU µs": (process_time() - started) / len(cpfs) * 1e6}


def _timed(ask: Callable[[str], object], cpfs: list[str]) -> dict[str, float]:
    return _spread(_timings(ask, cpfs[: _OVER_HTTP + _WARM_UP]))


def _timings(ask: Callable[[str], object], cpfs: Iterable[str]) -> list[int]:
    spent = []
    for cpf in cpfs:
        started = perf_counter_ns()
        answer = ask(cpf)
        spent.append(perf_counter_ns() - started)
        if not answer:
            raise RuntimeError("A customer that is there was not found.")
    return sorted(spent[_WARM_UP:])


def _spread(spent: list[int]) -> dict[str, float]:
    return {
        "p50 µs": spent[len(spent) // 2] / 1000,
        "p99 µs": spent[len(spent) * 99 // 100] / 1000,
    }


def _looked_up(over: http.client.HTTPConnection, token: str, cpf: str) -> object:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return _asked(over, "POST", "/api/v1/lookup", json.dumps({"document": cpf}), headers)[
        "customers"
    ]


def _asked(
    over: http.client.HTTPConnection,
    method: str,
    path: str,
    body: str | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    over.request(method, path, body, dict(headers))
    answer = over.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {content.decode()}")
    told: dict[str, Any] = json.loads(content)
    return told


def as_program() -> None:
    """In a process of its own: what the arguments ask for."""
    print(json.dumps(_asked_often(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))


if __name__ == "__main__":
    as_program()
