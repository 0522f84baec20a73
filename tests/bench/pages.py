"""Times whole list pages inside the web application: query string in, HTML out."""

import statistics
import time
from pathlib import Path

from mirror.database import Database, open_ledger
from mirror.progress import Checkpoint, now_us, save_checkpoint
from tests.fakes.shopfront import Shopfront
from web.app import create_app
from web.settings import WebSettings, Wording

_PAGES = (
    "/clientes",
    "/clientes?tipo=todos&atividade=inativo",
    "/clientes?atividade=inativo&categoria=Ouro&etiqueta=etiqueta%200&situacao=ativo",
    "/clientes?incompletos=sim",
)
_TIMES = 15


def pages(place: Path, db: Database, rules: tuple[str, ...], required: tuple[str, ...]) -> None:
    """Print the median of every page, in wall and in CPU milliseconds."""
    with db.writing() as connection:
        here = Checkpoint(source="loja", succeeded_at=now_us(), listed_at=now_us())
        save_checkpoint(connection, here)
    ledger = open_ledger(place, db.keys)
    app = create_app(db, ledger, WebSettings(required=required), wording=Wording(rules=rules))
    client = Shopfront(app, db, ledger, lambda *_: db).signed_in()
    for address in _PAGES:
        took = []
        for _ in range(_TIMES):
            wall, cpu = time.perf_counter(), time.process_time()
            assert client.get(address).status_code == 200
            took.append((time.perf_counter() - wall, time.process_time() - cpu))
        walls, cpus = zip(*took, strict=True)
        wall, cpu = statistics.median(walls) * 1000, statistics.median(cpus) * 1000
        first = walls[0] * 1000
        print(f"  {address:80} {wall:5.1f} ms median, {cpu:5.1f} ms CPU, {first:5.1f} ms first")
    ledger.close()
