"""`python -m tests.bench.presets`: what each preset costs, in front of a fake of its master.

The connector runs in the main thread, the fake in others: only the connector's processor time
counts. Paces are the masters' own, kept on a clock that nobody waits for.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.sync import Report, run
from mirror.database import create_databases, open_mirror
from mirror.lease import lease
from mirror.sealing import Keyring
from tests.fakes.presets_bling import Bling
from tests.fakes.presets_magento import Magento
from tests.fakes.presets_nuvemshop import Nuvemshop
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

_SHOPS = (Vtex, Nuvemshop, Shopify, WooCommerce, Magento, SapB1)
_SYSTEMS = (Bling, TinyV2, TinyV3, Omie, Protheus)


@dataclass(frozen=True)
class Line:
    """One preset's figures."""

    preset: str
    report: Report
    cpu_s: float
    again: int
    """Requests of a second run, nothing changed."""


def lines(customers: int) -> Iterator[Line]:
    """Every preset's first load and a second run; fakes are started one after the other."""
    for kind in _SHOPS:
        with kind(customers).running() as shop:
            yield _line(kind.preset, shop.source, lambda days, shop=shop: shop.time.sleep(days))
    for system_kind in _SYSTEMS:
        with system_kind().running() as system:
            system.put(*range(1, customers + 1))
            yield _line(
                system_kind.preset,
                system.source,
                lambda seconds, system=system: system.time.sleep(seconds),
            )
    with Ploomes().running() as account:
        account.put(*(contact(number) for number in range(1, customers + 1)))
        yield _line("ploomes", lambda: ploomes(account), account.time.sleep)
    with Sell(size=100).running() as queue:
        queue.put(*(sell_contact(number) for number in range(1, customers + 1)))
        yield _line("sell", lambda: sell(queue), lambda seconds: None)


def _line(preset: str, opened: Callable[[], Any], later: Callable[[float], object]) -> Line:
    with _mirror() as follow:
        later(7_200)
        source = opened()
        began = time.thread_time()
        report = follow(source)
        cpu_s = time.thread_time() - began
        for _ in range(2):  # the first of them reads the overlap again
            later(86_400 * 3)
            before = source.requests
            follow(source)
        again = source.requests - before
        source.close()
    return Line(preset, report, cpu_s, again)


@contextmanager
def _mirror() -> Iterator[Callable[[Any], Report]]:
    with tempfile.TemporaryDirectory(prefix="espelho-bench-") as place:
        keys = Keyring(b"k" * 32)
        create_databases(Path(place), keys)
        db = open_mirror(Path(place), keys)

        def follow(source: Any) -> Report:
            with lease(db, Path(place)) as fence:
                return run(db, source, fence)

        yield follow
        db.close()


def main() -> None:
    """Print the table as markdown."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.presets", description=__doc__)
    parser.add_argument("--customers", type=int, default=2_000)
    customers = parser.parse_args().customers
    columns = ("preset", "records", "requests per 10,000", "again", "records a CPU second")
    print(f"| {' | '.join(columns)} |")
    print("|---|--:|--:|--:|--:|")
    for line in lines(customers):
        figures = line.report.figures
        each = figures.requests * 10_000 / max(1, figures.added)
        rate = figures.added / line.cpu_s
        told = "" if line.report.ok else f" ({line.report.sentence})"
        print(
            f"| `{line.preset}`{told} | {figures.added:,} | {each:,.0f} | {line.again:,} "
            f"| {rate:,.0f} |"
        )


if __name__ == "__main__":
    main()
