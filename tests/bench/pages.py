"""Times whole list pages inside the web application: query string in, HTML out."""

import statistics
import time
from pathlib import Path

from flask.testing import FlaskClient

from mirror.store.engine import Database
from mirror.store.progress import Checkpoint, save_checkpoint
from mirror.store.sqlite import open_ledger
from tests.bench.measuring import Table
from tests.fakes.shopfront import Shopfront
from web.app import create_app
from web.settings import WebSettings, Wording

_PAGES = (
    "/clientes",
    "/clientes?tipo=todos&atividade=inativo",
    "/clientes?atividade=inativo&categoria=Ouro&etiqueta=etiqueta%200&situacao=ativo",
    "/clientes?incompletos=sim",
)


def pages(
    place: Path,
    db: Database,
    rules: tuple[str, ...],
    required: tuple[str, ...],
    at_us: int,
    times: int,
) -> Table:
    """The median of every page; the mirror was in step with its master ``at_us``."""
    with db.writing() as connection:
        here = Checkpoint(source="loja", succeeded_at=at_us, listed_at=at_us)
        save_checkpoint(connection, here)
    ledger = open_ledger(place, db.keys)
    app = create_app(db, ledger, WebSettings(required=required), wording=Wording(rules=rules))
    client = Shopfront(app, db, ledger, lambda *_: db).signed_in()
    table = {address: _taken(client, address, times) for address in _PAGES}
    ledger.close()
    return table


def _taken(client: FlaskClient, address: str, times: int) -> dict[str, float]:
    takes = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = client.get(address)
        takes.append((time.perf_counter() - wall, time.process_time() - cpu))
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}.")
    walls, cpus = zip(*takes, strict=True)
    return {
        "ms": statistics.median(walls) * 1_000,
        "CPU ms": statistics.median(cpus) * 1_000,
        "ms the first time": walls[0] * 1_000,
    }
