"""Standings at size: what they cost a sync, a filtered list, and the review of those due."""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import pytest

from mirror.reading.listing import Filters, look
from mirror.records import Deal, Order, Payment, Record, Visit
from mirror.standing import Rules
from mirror.store.engine import Database
from mirror.store.sealing import Keyring
from mirror.store.sqlite import create_databases, open_mirror
from mirror.writing import BY_NAME, standings
from mirror.writing.customers import apply, arrival
from tests.bench.measuring import Table
from tests.bench.pages import pages
from tests.bench.workbench import Workbench
from tests.fakes.somebody import somebody
from tests.fakes.story_clock import Clock, set_everywhere

_CUSTOMERS, _EACH, _TIMES = 100_000, 5, 15
ALL = Rules(names=("ploomes", "sell", "conta_base", "azata"), loss_reasons=("Preço",))
ONE = Rules(names=("conta_base",))
NONE = Rules()
BATCH = 7_500
_One = TypeVar("_One")
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
CATEGORIES = ("Ouro", "Prata", "Bronze", None)
TAGS = tuple(f"etiqueta {number}" for number in range(40))


def person(number: int) -> Any:
    return somebody(
        number,
        customer_since=date(2016, 1, 1) + timedelta(days=number % 3_900),
        category=CATEGORIES[number % 4],
        tags=(TAGS[number % 40], TAGS[number * 7 % 40]),
        groups=(f"grupo {number % 12}",),
        seller=f"vendedor {number % 30}",
        last_purchase_at=None,
    )


def activity(customers: int, each: int, version: int) -> Iterator[tuple[str, Record]]:
    """Of every customer an order, its payment, a deal, visits; the payments over two months."""
    for number in range(customers * each):
        whose, turn = number % customers, number // customers
        same: dict[str, Any] = {
            "external_id": f"{whose}.{turn}", "version": version, "customer": f"C-{whose}",
            "amount": 9_900,
        }  # fmt: skip
        ago = NOW - timedelta(days=(whose * 13 + turn * 31) % 400, minutes=whose % 600)
        ago += timedelta(hours=version)  # every version has news for the rules
        match turn % 5:
            case 0 | 3:
                yield "orders", Order(**same, state="done", placed_at=ago)
            case 1:
                yield "payments", Payment(**same, state="paid", due_on=ago.date(), paid_at=ago)
            case 2:
                won = whose % 3 == 0
                yield (
                    "deals",
                    Deal(
                        **same,
                        state="won" if won else "lost",
                        opened_at=ago,
                        closed_at=ago + timedelta(days=3),
                        loss_reason=None if won else "Preço",
                    ),
                )
            case _:
                yield "visits", Visit(**same, page="/produto/1", visited_at=ago)


def timed(work: Callable[..., object], *with_: Any) -> tuple[float, float]:
    """Wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work(*with_)
    return time.perf_counter() - wall, time.process_time() - cpu


def _batches(everything: Iterable[_One]) -> Iterator[list[_One]]:
    rest = iter(everything)
    while part := list(islice(rest, BATCH)):
        yield part


def load_customers(db: Database, customers: int, rules: Rules) -> float:
    """CPU seconds of writing them, translation aside; sealing and blinding included."""
    return sum(
        timed(_write_people, db, people, rules)[1]
        for people in _batches(map(person, range(customers)))
    )


def _write_people(db: Database, people: list[Any], rules: Rules) -> None:
    ready = [
        arrival(db.keys, "loja", one, one.external_id.encode().ljust(16), b"{}", is_new=True)
        for one in people
    ]
    with db.writing() as connection:
        apply(connection, db.keys, "loja", ready, counter=True, rules=rules)


def load_activity(
    db: Database, customers: int, each: int, rules: Rules | None, version: int = 1
) -> float:
    """CPU seconds of writing it; without ``rules`` it is judged later."""
    return sum(
        timed(_write_activity, db, part, rules)[1]
        for part in _batches(activity(customers, each, version))
    )


def _write_activity(db: Database, part: list[tuple[str, Record]], rules: Rules | None) -> None:
    for stream in {name for name, _ in part}:
        ready = [
            BY_NAME[stream].arrival(db.keys, "loja", one, _content(one), b"{}", NONE, is_new=True)
            for name, one in part
            if name == stream
        ]
        with db.writing() as connection:
            BY_NAME[stream].apply(connection, db.keys, "loja", ready, counter=True, rules=rules)


def _content(one: Any) -> bytes:
    return f"{one.external_id} {one.version}".encode().ljust(16)[-16:]


LISTS: tuple[tuple[str, Filters], ...] = (
    ("all people", Filters("PF")),
    ("active by Conta Base", Filters("PF", (("conta_base", "active"),))),
    (
        "four filters",
        Filters("PF", (("conta_base", "inactive"), ("category", "Ouro"), ("tag", TAGS[0]),
                       ("registration", "active"))),
    ),
    ("incomplete", Filters("PF", (), ("address", "birth_date"))),
)  # fmt: skip
REQUIRED = ("email", "phone", "address")
BARS = ("conta_base", "azata", "ploomes", "sell_prospect", "sell_customer")


def lists(db: Database, times: int) -> Table:
    """The median of every list."""
    return {f"list: {name}": _listed(db, filters, times) for name, filters in LISTS}


def _listed(db: Database, filters: Filters, times: int) -> dict[str, float]:
    def shown() -> object:
        return look(db, filters, limit=40, count=BARS, required=REQUIRED)

    takes = [timed(shown) for _ in range(times)]
    return {
        "customers": look(db, filters, limit=40).total,
        "ms": statistics.median(wall for wall, _ in takes) * 1_000,
        "CPU ms": statistics.median(cpu for _, cpu in takes) * 1_000,
    }


def review(db: Database, clock: Clock, due: int) -> Table:
    """The time passes until so many are due: a list then, and their being judged."""
    clock.at = datetime.fromtimestamp(_instant_with(db, due) / 1e6, UTC)
    wall, cpu = timed(look, db, LISTS[1][1])
    table = {"list: with those due": _in_ms(wall, cpu, {"customers": due})}
    done: list[int] = []
    wall, cpu = timed(lambda: done.append(standings.review_due(db, fence=0)))
    return table | {"review of those due": _in_ms(wall, cpu, {"customers": done[0]})}


def _in_ms(wall: float, cpu: float, more: dict[str, float]) -> dict[str, float]:
    return more | {"ms": wall * 1_000, "CPU ms": cpu * 1_000}


def _instant_with(db: Database, due: int) -> int:
    with db.reading() as connection:
        query = (
            "SELECT review_at FROM standing WHERE review_at > ? ORDER BY review_at LIMIT 1 OFFSET ?"
        )
        now = int(NOW.timestamp() * 1e6)
        return int(connection.exec_driver_sql(query, (now, due - 1)).scalar() or now)


def first_load(db: Database, customers: int, each: int, rules: Rules) -> float:
    """CPU seconds of a first listing of everything, as the cycle does it: judged at its end."""
    spent = load_customers(db, customers, rules) + load_activity(db, customers, each, None)
    return spent + timed(lambda: standings.keep_rules(db, "loja", rules, fence=0))[1]


def costs(place: Path, customers: int) -> Table:
    """What the rules cost a first listing, and what they cost when everything changes again."""
    table: Table = {}
    for name, rules in (("no rules", NONE), ("one system's", ONE), ("all four", ALL)):
        db = made(place / f"standing, {name}")
        first = first_load(db, customers, _EACH, rules)
        again = load_activity(db, customers, _EACH, rules, version=2)
        table[f"a first listing, {name}"] = {"customers": customers, "CPU s": first}
        table[f"every activity changed, {name}"] = {"customers": customers, "CPU s": again}
        db.close()
    return table


def measure(bench: Workbench) -> Table:
    """The costs of 10,000 customers; lists, pages and the review of all of them."""
    customers = bench.customers(_CUSTOMERS)
    clock, times = Clock(NOW), bench.turns(_TIMES)
    with pytest.MonkeyPatch.context() as patch:
        set_everywhere(clock, patch)
        table = costs(bench.place, min(customers, 10_000))
        place = bench.place / "standing, large"
        db = made(place)
        spent = first_load(db, customers, _EACH, ALL)
        table["a first listing, large"] = {"customers": customers, "CPU s": spent}
        table |= lists(db, times)
        table |= pages(place, db, ALL.names, REQUIRED, clock.micros(), times)
        table |= review(db, clock, min(10_000, max(1, customers // 50)))
        db.close()
    return table


def made(place: Path) -> Database:
    keys = Keyring(b"espelho tests use this root key!")
    create_databases(place, keys)
    return open_mirror(place, keys)
