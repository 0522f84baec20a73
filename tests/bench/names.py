"""Whether names find whom they mean, at which place and how fast; what the index of them takes."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from math import ceil
from random import Random
from statistics import median
from time import process_time
from typing import NamedTuple

from sqlalchemy import func, select

from connector.sandbox.brazil import roller
from connector.sandbox.people import home, person, typed
from mirror.identifiers import classify, name_words
from mirror.identifiers.search_terms import sound
from mirror.reading.find import matching
from mirror.records import Address, Customer, Document, Phone
from mirror.store.engine import Database
from mirror.store.sealing import BLIND_BYTES, Keyring
from mirror.store.sqlite import create_databases, open_mirror
from mirror.store.tables import facet_bits, lookup, name_word
from mirror.writing.customers import apply, arrival
from tests.bench.measuring import Table
from tests.bench.workbench import Workbench
from tests.fakes.somebody import cpf

_CUSTOMERS, _ASKED, _BATCH = 50_000, 200, 10_000
_SEED, _RARE = 7, 40_000
_SYLLABLES = [
    first + rest for first in "bcdfglmnprstvz" for rest in ("a", "e", "i", "o", "u", "an", "er")
]
_RESPELT = (
    ("th", "t"), ("ph", "f"), ("w", "v"), ("y", "i"), ("z", "s"), ("ss", "s"), ("nn", "n"),
    ("ll", "l"), ("s", "z"), ("t", "th"), ("v", "w"), ("f", "ph"), ("i", "y"), ("l", "ll"),
)  # fmt: skip


def customer(number: int) -> Customer:
    """One of the sandbox's people; every fifth has a further surname that few have."""
    place, roll = home(_SEED, number, "Casa"), roller(b"names", _SEED, number)
    who = person(roll, place.surname)
    name = f"{who.name} {_rare(number)}" if number % 5 == 0 else who.name
    return Customer(
        external_id=str(number + 1),
        version=1,
        name=typed(roll(), name),
        documents=(Document("cpf", cpf(100_000_000 + number)),),
        emails=(f"p{number}@exemplo.com.br",),
        phones=(Phone(f"+55{place.city.ddd}9{70_000_000 + number % 9_999_999}", "mobile"),),
        birth_date=date(1940 + roll() % 66, 1 + roll() % 12, 1 + roll() % 28),
        addresses=(Address(city=place.city.name, state=place.city.state),),
    )


def _rare(number: int) -> str:
    dice = Random(number * 2_654_435_761 % _RARE)
    return "".join(dice.choices(_SYLLABLES, k=4)).capitalize()


# What is typed of a name.


def _cut(words: list[str], dice: Random) -> list[str]:
    return [*words[:-1], words[-1][:4]]


def _with_an_error(words: list[str], dice: Random) -> list[str]:
    long = [place for place, word in enumerate(words) if len(word) > 4]
    if not long:
        return words
    chosen = dice.choice(long)
    word, at = words[chosen], dice.randrange(1, len(words[chosen]) - 1)
    wrong = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + dice.choice("aeioumnrst") + word[at + 1 :],
    )
    return [*words[:chosen], dice.choice(wrong), *words[chosen + 1 :]]


def _respelt(words: list[str], dice: Random) -> list[str]:
    for place in dice.sample(range(len(words)), len(words)):
        for said, other in _RESPELT:
            word = words[place].replace(said, other, 1)
            if word != words[place] and sound(word) == sound(words[place]):
                return [*words[:place], word, *words[place + 1 :]]
    return words


WAYS: dict[str, Callable[[list[str], Random], list[str]]] = {
    "whole name": lambda words, _: words,
    "last word cut to 4 letters": _cut,
    "one letter wrong": _with_an_error,
    "as it sounds": _respelt,
    "words exchanged": lambda words, _: [*words[1:], words[0]],
}
NARROWED: dict[str, Callable[[Customer], str]] = {
    "": lambda _: "",
    ", city": lambda one: one.addresses[0].city or "",
    ", DDD": lambda one: one.phones[0].number[3:5],
    ", year": lambda one: str(one.birth_date and one.birth_date.year),
}


class Asked(NamedTuple):
    """One search: at which place whoever was meant came (0: nowhere), and processor seconds."""

    place: int
    took: float


def measure(bench: Workbench) -> Table:
    """By what is typed: how often whoever is meant comes first, among five, among ten; and ms."""
    customers = bench.customers(_CUSTOMERS)
    keys = Keyring(b"espelho tests use this root key!")
    create_databases(bench.place / "names", keys)
    db = open_mirror(bench.place / "names", keys)
    _fill(db, customers)
    reader = open_mirror(bench.place / "names", keys, read_only=True)
    table = dict(_quality(reader, customers))
    table["the index"] = _weights(reader, customers)
    reader.close()
    db.close()
    return table


def _fill(db: Database, customers: int) -> None:
    numbers = iter(range(customers))
    while some := list(islice(numbers, _BATCH)):
        arrivals = [
            arrival(db.keys, "loja", customer(one), one.to_bytes(16, "big"), b"", is_new=True)
            for one in some
        ]
        with db.writing() as connection:
            apply(connection, db.keys, "loja", arrivals, counter=True)


def _quality(db: Database, customers: int) -> Iterator[tuple[str, dict[str, float]]]:
    matching(db, classify("ana"))  # the words are opened by whoever asks first
    for narrowed, beside in NARROWED.items():
        for way, made in WAYS.items():
            dice = Random(f"{way}{narrowed}")
            numbers = dice.sample(range(customers), min(_ASKED, customers))
            asked = [_asked(db, number, made, beside, dice) for number in numbers]
            yield f"{way}{narrowed}", _told(asked)


def _asked(
    db: Database,
    number: int,
    made: Callable[[list[str], Random], list[str]],
    beside: Callable[[Customer], str],
    dice: Random,
) -> Asked:
    whom = customer(number)
    term = f"{' '.join(made(list(name_words(whom.name or '')), dice))} {beside(whom)}"
    began = process_time()
    ids = matching(db, classify(term)).ids
    took = process_time() - began
    return Asked(ids.index(number + 1) + 1 if number + 1 in ids else 0, took)


def _told(asked: list[Asked]) -> dict[str, float]:
    def share(first: int) -> float:
        return 100 * sum(0 < one.place <= first for one in asked) / len(asked)

    took = sorted(one.took * 1_000 for one in asked)
    last = took[ceil(len(took) * 0.99) - 1]
    shares = {"first, %": share(1), "of five, %": share(5), "of ten, %": share(10)}
    return shares | {"p50, CPU ms": median(took), "p99, CPU ms": last}


def _weights(db: Database, customers: int) -> dict[str, float]:
    with db.reading() as connection:
        keys = connection.execute(select(func.count()).select_from(lookup)).scalar_one()
        words = connection.execute(
            select(func.count(), func.sum(func.length(name_word.c.word) + BLIND_BYTES + 8))
        ).one()
        bits = connection.execute(select(func.sum(func.length(facet_bits.c.bits)))).scalar_one()
    return {
        "search keys, bytes a customer": keys * (BLIND_BYTES + 8) / customers,
        "words": words[0],
        "of words, bytes a customer": words[1] / customers,
        "of facets, bytes a customer": bits / customers,
    }
