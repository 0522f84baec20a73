"""What each preset costs, in front of a fake of its master.

The connector runs in the main thread, the fake in others: only the connector's processor time
counts. Paces are the masters' own, kept on a clock that nobody waits for.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connector.sync import run
from mirror.store.lease import lease
from mirror.store.progress import Figures
from mirror.store.sealing import Keyring
from mirror.store.sqlite import create_databases, open_mirror
from tests.bench.measuring import Table
from tests.bench.workbench import Workbench
from tests.fakes.presets_bling import Bling
from tests.fakes.presets_magento import Magento
from tests.fakes.presets_nuvemshop import Nuvemshop
from tests.fakes.presets_odoo import Odoo
from tests.fakes.presets_omie import Omie
from tests.fakes.presets_ploomes import Ploomes, contact
from tests.fakes.presets_ploomes import source as ploomes
from tests.fakes.presets_protheus import Protheus
from tests.fakes.presets_sap import SapB1
from tests.fakes.presets_shopify import Shopify
from tests.fakes.presets_tiny import TinyV2, TinyV3
from tests.fakes.presets_vtex import Vtex
from tests.fakes.presets_woocommerce import WooCommerce
from tests.fakes.sell import Sell
from tests.fakes.sell import contact as sell_contact
from tests.fakes.sell_source import source as sell

_CUSTOMERS = 1_000
_SHOPS = (Vtex, Nuvemshop, Shopify, WooCommerce, Magento, SapB1, Odoo)
_SYSTEMS = (Bling, TinyV2, TinyV3, Omie, Protheus)


def measure(bench: Workbench) -> Table:
    """Every preset's first load and later runs; fakes are started one after the other."""
    return dict(_rows(bench.customers(_CUSTOMERS)))


def _rows(customers: int) -> Iterator[tuple[str, dict[str, float]]]:
    numbers = range(1, customers + 1)
    for shop_kind in _SHOPS:
        with shop_kind(customers).running() as shop:
            yield shop_kind.preset, _row(shop.source, shop.time.sleep)
    for system_kind in _SYSTEMS:
        with system_kind().running() as system:
            system.put(*numbers)
            yield system_kind.preset, _row(system.source, system.time.sleep)
    with Ploomes().running() as account:
        account.put(*map(contact, numbers))
        yield "ploomes", _row(lambda: ploomes(account), account.time.sleep)
    with Sell(size=100).running() as queue:
        queue.put(*map(sell_contact, numbers))
        yield "sell", _row(lambda: sell(queue), lambda seconds: None)


def _row(opened: Callable[[], Any], later: Callable[[float], object]) -> dict[str, float]:
    with _mirror() as follow:
        later(7_200)
        source = opened()
        began = time.thread_time()
        figures = follow(source)
        cpu_s = time.thread_time() - began
        for _ in range(2):  # the first of them reads the overlap again
            later(86_400 * 3)
            before = source.requests
            follow(source)
        again = source.requests - before
        source.close()
    return {
        "records": figures.added,
        "requests per 10,000": figures.requests * 10_000 / figures.added,
        "requests of a run that finds nothing": again,
        "records a CPU second": figures.added / cpu_s,
    }


@contextmanager
def _mirror() -> Iterator[Callable[[Any], Figures]]:
    with tempfile.TemporaryDirectory(prefix="espelho-bench-") as place:
        keys = Keyring(b"k" * 32)
        create_databases(Path(place), keys)
        db = open_mirror(Path(place), keys)

        def follow(source: Any) -> Figures:
            with lease(db, Path(place)) as fence:
                report = run(db, source, fence)
            if not report.ok:
                raise RuntimeError(f"{report.source}: {report.sentence}")
            return report.figures

        yield follow
        db.close()
