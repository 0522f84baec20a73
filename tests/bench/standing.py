"""Measures standings at size: what they cost a sync, a filtered list, and the review of those due.

python -m tests.bench.standing [customers] [activities a customer]
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from mirror.activity.records import Deal, Order, Payment, Record, Visit
from mirror.arriving import arrival
from mirror.database import Database, create_databases, open_mirror
from mirror.listing import Filters, look
from mirror.sealing import Keyring
from mirror.standing import keeping, reviewing
from mirror.standing.facts import Rules
from mirror.streams import BY_NAME
from mirror.writing import apply
from tests.bench.pages import pages
from tests.fakes.somebody import somebody

ALL = Rules(names=("ploomes", "sell", "conta_base", "azata"), loss_reasons=("Preço",))
ONE = Rules(names=("conta_base",))
NONE = Rules()
BATCH = 7_500
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


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def load_customers(db: Database, customers: int, rules: Rules) -> float:
    """CPU seconds of writing them, translation aside; sealing and blinding included."""
    numbers, spent = iter(range(customers)), 0.0
    while part := list(islice(numbers, BATCH)):
        people = [person(number) for number in part]
        spent += timed(lambda people=people: _write_people(db, people, rules))[1]
    return spent


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
    records, spent = activity(customers, each, version), 0.0
    while part := list(islice(records, BATCH)):
        spent += timed(lambda part=part: _write_activity(db, part, rules))[1]
    return spent


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


def lists(db: Database) -> None:
    for name, filters in LISTS:
        takes = []
        for _ in range(15):
            wall, _cpu = timed(
                lambda filters=filters: look(db, filters, limit=40, count=BARS, required=REQUIRED)
            )
            takes.append(wall * 1000)
        total = look(db, filters, limit=40).total
        print(f"  {name:24} {statistics.median(takes):6.1f} ms median, {total:,} customers")


def review(db: Database, due: int) -> None:
    """The time passes until so many are due, and they are judged."""
    at = _instant_with(db, due)
    keeping.now_us = reviewing.now_us = lambda: at
    lists_before, _ = timed(lambda: look(db, LISTS[1][1], limit=40, count=BARS))
    done: list[int] = []
    wall, cpu = timed(lambda: done.append(reviewing.review_due(db, _unguarded)))
    print(f"  review of {done[0]:,} due: {wall:.2f} s wall, {cpu:.2f} s CPU")
    print(f"  a list before it, with them due: {lists_before * 1000:.1f} ms")


def _instant_with(db: Database, due: int) -> int:
    with db.reading() as connection:
        query = (
            "SELECT review_at FROM standing WHERE review_at > ? ORDER BY review_at LIMIT 1 OFFSET ?"
        )
        now = int(NOW.timestamp() * 1e6)
        return int(connection.exec_driver_sql(query, (now, due - 1)).scalar() or now)


def _unguarded(connection: object) -> None:
    """Nobody else writes here."""


def first_load(db: Database, customers: int, each: int, rules: Rules) -> float:
    """CPU seconds of a first listing of everything, as the cycle does it: judged at its end."""
    spent = load_customers(db, customers, rules) + load_activity(db, customers, each, None)
    return spent + timed(lambda: reviewing.keep_rules(db, "loja", rules, _unguarded))[1]


def costs(place: Path, customers: int, each: int) -> None:
    """What the rules cost a first listing, and what they cost when everything changes again."""
    spent = {}
    for name, rules in (("none", NONE), ("one", ONE), ("all four", ALL)):
        db = made(place / name)
        first = first_load(db, customers, each, rules)
        spent[name] = first, load_activity(db, customers, each, rules, version=2)
        db.close()
    for turn, what in enumerate(("a first listing", "every activity changed")):
        base = spent["none"][turn]
        told = ", ".join(
            f"{name} {cost[turn]:.1f} s ({cost[turn] / base - 1:+.0%})"
            for name, cost in spent.items()
        )
        print(f"{what}, {customers:,} customers and {customers * each:,} activities: {told}")


def main() -> None:
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    each = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    keeping.now_us = reviewing.now_us = lambda: int(NOW.timestamp() * 1e6)
    with tempfile.TemporaryDirectory() as place:
        costs(Path(place), min(customers, 10_000), each)
        db = made(Path(place) / "large")
        spent = first_load(db, customers, each, ALL)
        print(f"{customers:,} customers, {customers * each:,} activities: {spent:,.0f} CPU s")
        lists(db)
        pages(Path(place) / "large", db, ALL.names, REQUIRED)
        review(db, min(10_000, customers // 50))
        db.close()


def made(place: Path) -> Database:
    keys = Keyring(b"espelho tests use this root key!")
    create_databases(place, keys)
    return open_mirror(place, keys)


if __name__ == "__main__":
    main()
