"""`python -m tests.bench.guessing`: attackers until they are stopped, honest shops that are not.

Every rule runs as in a served installation, over a ledger on the disk; only the journal's rows are
left out, and the clock is the simulation's. What is asked for is looked up in a made-up register
of a hundred thousand customers.
"""

import argparse
import logging
import random
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle
from math import log
from pathlib import Path
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from mirror.identifiers import Query, Reading
from mirror.ledger import guard, trace
from mirror.ledger.guard import Name, Traces, Who
from mirror.ledger.journal import Entry
from mirror.records import Customer
from mirror.store.engine import Database
from mirror.store.sealing import Found, Keyring
from mirror.store.sqlite import create_databases, open_ledger
from web.settings import Caps

CUSTOMERS = 100_000
_S, _HOUR = 1_000_000, 3_600
_PAGE = 24


class Told(NamedTuple):
    """What somebody got out of one day."""

    asked: int
    answered: int
    learned: int
    """Customers of whom something came out that the asker did not bring along."""
    stopped: str
    """By which rule; empty: never."""


@cache
def _register() -> tuple[dict[str, int], list[str]]:
    """CPFs that are customers', check digits aside: who guesses reckons those."""
    cpfs = {f"{n:011}": n for n in random.Random("register").sample(range(10**11), CUSTOMERS)}
    return cpfs, list(cpfs)


class Town:
    """A register of customers, and whoever asks for them by the rules of `mirror.ledger.guard`."""

    def __init__(self, ledger: Database, seed: int, caps: Caps | None = None) -> None:
        self.ledger, self.dice, self.caps = ledger, random.Random(seed), caps or Caps()
        self.now = self.dice.randrange(10**15, 10**15 + 10**12)
        self.cpfs, self.known = _register()

    def passes(self, seconds: float) -> None:
        self.now += int(seconds * _S)

    def by_cpf(self, connection: object, who: Who, cpf: str, number: int | None) -> str:
        """``""`` where it was answered, else by which rule it was not."""
        query = Query((Reading("cpf", cpf, ""),), None)
        found = [] if number is None else [_found(number)]
        return self.does(connection, who, guard.asked(self.ledger.keys, query, found))

    def does(self, connection: object, who: Who, act: Traces) -> str:
        weigh = guard.weighing(who, act, self.caps)
        verdict = weigh(connection, Entry(who.kind, who.name, "lookup"), self.now)  # type: ignore[arg-type]
        if verdict.stop is None:
            return ""
        return verdict.rule or "locked"


def _found(number: int) -> Found:
    record = Customer(external_id=str(number), version=1)
    return Found(number, "loja", str(number), 1, 0, None, None, record)


def till(name: str) -> Who:
    return Who("device", name, guard.TERMINAL)


# Attackers: each yields, ask by ask, the act, and whether its answer tells something new.

Ask = tuple[Who, Traces, bool]
Attack = Callable[[Town], Iterator[Ask]]


def _cpf(town: Town, who: Who, cpf: str, number: int | None, *, new: bool) -> Ask:
    query = Query((Reading("cpf", cpf, ""),), None)
    found = [] if number is None else [_found(number)]
    return who, guard.asked(town.ledger.keys, query, found), new and number is not None


def random_cpfs(town: Town, who: Who | None = None) -> Iterator[Ask]:
    while True:
        cpf = f"{town.dice.randrange(10**11):011}"
        yield _cpf(town, who or till("t"), cpf, town.cpfs.get(cpf), new=True)


def mask(town: Town, tills: int = 1, cover: int = 0) -> Iterator[Ask]:
    """Fills in ``***.456.789-**``, with known customers in between who are to hide it."""
    victim, *others = town.dice.sample(town.known, 2_001)
    friends, askers = cycle(others), cycle([till(f"t{n}") for n in range(tills)])
    for first in town.dice.sample(range(1_000), 1_000):
        cpf = f"{first:03}{victim[3:9]}{town.dice.randrange(100):02}"
        right = first == int(victim[:3])
        cpf = victim if right else cpf if cpf not in town.cpfs else f"{cpf[:9]}00"
        asker = next(askers)
        for _ in range(cover):
            friend = next(friends)
            yield _cpf(town, asker, friend, town.cpfs[friend], new=False)
        yield _cpf(town, asker, cpf, town.cpfs[victim] if right else None, new=True)


def phones(town: Town, rate: float, cover: int = 0, who: Who | None = None) -> Iterator[Ask]:
    """A list of telephones of which so many are customers'."""
    friends = cycle(town.dice.sample(town.known, 2_000))
    for number in range(10**6):
        asker = who or till("t")
        for _ in range(cover):
            friend = next(friends)
            yield _cpf(town, asker, friend, town.cpfs[friend], new=False)
        query = Query((Reading("phone", f"+55119{town.dice.randrange(10**8):08}", ""),), None)
        found = [_found(number)] if town.dice.random() < rate else []
        yield asker, guard.asked(town.ledger.keys, query, found), bool(found)


def ten_tokens(town: Town) -> Iterator[Ask]:
    lists = [phones(town, 0.01, who=till(f"t{n}")) for n in range(10)]
    while True:
        yield from (next(one) for one in lists)


def codes(town: Town) -> Iterator[Ask]:
    """The master's ids, counted up: every one is somebody's."""
    for number in range(CUSTOMERS):
        query = Query((Reading("code", str(number), ""),), None)
        yield till("t"), guard.asked(town.ledger.keys, query, [_found(number)]), True


def codes_in_a_crowd(town: Town) -> Iterator[Ask]:
    """The same, a code from elsewhere behind each."""
    for act in codes(town):
        yield act
        number = town.dice.randrange(CUSTOMERS)
        query = Query((Reading("code", str(number), ""),), None)
        yield till("t"), guard.asked(town.ledger.keys, query, [_found(number)]), True


def random_codes(town: Town) -> Iterator[Ask]:
    """Codes without any order, where every one is somebody's: what a reader of cards sends."""
    for number in town.dice.sample(range(CUSTOMERS), CUSTOMERS):
        query = Query((Reading("code", str(number), ""),), None)
        yield till("t"), guard.asked(town.ledger.keys, query, [_found(number)]), True


def lists(town: Town) -> Iterator[Ask]:
    """Page after page of the list, by somebody signed in; each customer on it counts."""
    ana = Who("staff", "ana", "attendant")
    for first in range(0, CUSTOMERS, _PAGE):
        names: list[Name] = [("loja", str(first + one)) for one in range(_PAGE)]
        yield ana, guard.shown(town.ledger.keys, names, "listed"), True


ATTACKS: dict[str, Attack] = {
    "random CPFs, one token": random_cpfs,
    "a mask being completed, one token": mask,
    "the same, hidden behind two known customers a guess": lambda town: mask(town, cover=2),
    "the same, ten tokens": lambda town: mask(town, 10, 2),
    "telephones, 1 % customers', one token": lambda town: phones(town, 0.01),
    "the same, hidden behind a known customer each": lambda town: phones(town, 0.01, 1),
    "telephones, 1 % customers', ten tokens": ten_tokens,
    "codes counted up, one token (cards in full)": codes,
    "the same, a code from elsewhere behind each (cards in full)": codes_in_a_crowd,
    "codes without any order (cards in full)": random_codes,
    "pages of the list, an attendant (masked rows)": lists,
}


def attacked(town: Town, attack: Attack) -> Told:
    """A day at one ask a second, until nobody is answered any more for a while."""
    asked = answered = learned = in_vain = 0
    stopped = ""
    with town.ledger.writing() as connection:
        for who, act, new in attack(town):
            asked += 1
            town.passes(1)
            refused = town.does(connection, who, act)
            stopped = stopped or refused
            in_vain = in_vain + 1 if refused else 0
            answered += not refused
            learned += _told(connection, who, act) if new and not refused else 0
            if in_vain > 200 or asked >= 20 * _HOUR:
                break
        connection.rollback()
    return Told(asked, answered, learned, stopped)


def _told(connection: Connection, who: Who, act: Traces) -> int:
    """Of how many customers this answer tells more than a till goes by."""
    if act.touches == {"listed"}:
        return _PAGE
    coded = [mark for kind, mark in act.left if kind == "coded"]
    full = select(trace.c.mark).where(trace.c.owner == who.owner, trace.c.kind == "full")
    return len({*connection.execute(full).scalars()} & {*coded}) if coded else 1


# Honest shops: 40 lookups an hour, 70 % of them find somebody; the busiest Saturday has three times
# as many, in bursts, and after every third miss the clerk tries the same number again.


def shop(town: Town, busy: int = 1, misses: float = 0.3, clustered: bool = False) -> Told:
    """Twelve hours of one shop with one terminal."""
    asked = answered = 0
    stopped, missed = "", False
    with town.ledger.writing() as connection:
        for _ in range(12):
            crowd = busy * 40
            for _ in range(crowd):
                in_burst = town.dice.random() < 0.5
                town.passes(town.dice.expovariate(1 / (10 if in_burst else 170 / busy)))
                rate = min(0.9, misses * 2) if clustered and missed else misses
                missed = town.dice.random() < rate
                cpf = f"{town.dice.randrange(10**11):011}"
                cpf = cpf if missed else town.dice.choice(town.known)
                for _ in range(2 if missed and town.dice.random() < 0.33 else 1):
                    asked += 1
                    refused = town.by_cpf(connection, till("t"), cpf, town.cpfs.get(cpf))
                    stopped = stopped or refused
                    answered += not refused
        connection.rollback()
    return Told(asked, answered, 0, stopped)


def cards(town: Town) -> Told:
    """Twelve hours of a shop whose customers show a card, every fifth one made this morning."""
    asked = answered = 0
    stopped, made = "", CUSTOMERS
    caps = msgspec.structs.replace(town.caps, terminal_codes_per_day=1_000)
    town = Town(town.ledger, town.dice.randrange(10**9), caps)
    with town.ledger.writing() as connection:
        for _ in range(12 * 40):
            town.passes(town.dice.expovariate(1 / 90))
            made += (fresh := town.dice.random() < 0.2)
            number = made if fresh else town.dice.randrange(CUSTOMERS)
            query = Query((Reading("code", str(number), ""),), None)
            act = guard.asked(town.ledger.keys, query, [_found(number)])
            refused = town.does(connection, till("t"), act)
            asked, answered, stopped = asked + 1, answered + (not refused), stopped or refused
        connection.rollback()
    return Told(asked, answered, 0, stopped)


SHOPS: dict[str, Callable[[Town], Told]] = {
    "40 lookups an hour, 12 hours": shop,
    "the busiest Saturday: three times as many, in bursts": lambda town: shop(town, 3),
    "the same, misses in clusters": lambda town: shop(town, 3, 0.25, clustered=True),
    "40 cards an hour, a fifth of them new and numbered in a row": cards,
}


def locked_saturdays(days: int, seed: int = 1, asked: int = 1_440) -> int:
    """How many of so many busiest Saturdays lock a shop whose misses come in clusters: half of what
    follows a miss misses too, a quarter of what follows a hit. By the arithmetic of the test."""
    dice, locked = random.Random(seed).random, 0
    usual = Caps().usual_misses
    miss, hit = log(guard.GUESSED / usual), log((1 - guard.GUESSED) / (1 - usual))
    for _ in range(days):
        score, missed = 0.0, False
        for _ in range(asked):
            missed = dice() < (0.5 if missed else 0.25)
            score = max(0.0, score + (miss if missed else hit))
            if score >= guard.CERTAINTY:
                locked += 1
                break
    return locked


def report(ledger: Database, attacks: int, days: int) -> Iterator[str]:
    """Two tables as markdown: attackers by so many seeds each, shops by so many days."""
    yield "| attacker | answered: median | learned: mean | learned: most | stopped by |"
    yield "|---|--:|--:|--:|---|"
    for name, attack in ATTACKS.items():
        told = [attacked(Town(ledger, seed), attack) for seed in range(attacks)]
        answered = sorted(one.answered for one in told)[len(told) // 2]
        learned = [one.learned for one in told]
        rules = ", ".join(sorted({one.stopped or "nothing" for one in told}))
        yield f"| {name} | {answered} | {sum(learned) / len(told):.2f} | {max(learned)} | {rules} |"
    yield ""
    yield "| shop | days | lookups | days on which it was stopped |"
    yield "|---|--:|--:|--:|"
    for name, opened in SHOPS.items():
        told = [opened(Town(ledger, seed)) for seed in range(days)]
        stopped = sum(bool(one.stopped) for one in told)
        yield f"| {name} | {days} | {sum(one.asked for one in told):,} | {stopped} |"
    many = 50 * days
    name = "the busiest Saturday, misses in clusters: the test alone"
    yield f"| {name} | {many:,} | {1_440 * many:,} | {locked_saturdays(many)} |"


def new_ledger(place: Path) -> Database:
    keys = Keyring(bytes(32))
    create_databases(place, keys)
    return open_ledger(place, keys)


def main() -> None:
    """As asked for on the command line."""
    asked = argparse.ArgumentParser(prog="python -m tests.bench.guessing", description=__doc__)
    asked.add_argument("--attacks", type=int, default=20, metavar="N", help="seeds an attacker")
    asked.add_argument("--days", type=int, default=100, metavar="N", help="days a shop")
    chosen = asked.parse_args()
    logging.disable()  # every alarm is a line for the operator
    with tempfile.TemporaryDirectory(prefix="espelho-guessing-") as place:
        for line in report(new_ledger(Path(place)), chosen.attacks, chosen.days):
            print(line, flush=True)


if __name__ == "__main__":
    main()
