"""A name is found by its words, their beginnings, one error and sound; ranked and narrowed."""

import json
from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

import pytest

from mirror.identifiers import classify
from mirror.reading import names
from mirror.reading import vocabulary as vocabularies
from mirror.reading.find import Matches, find, matching
from mirror.reading.vocabulary import BEGINNING, ERROR, SOUND, WHOLE
from mirror.records import Address, Customer, Document, Phone
from mirror.store.engine import Database
from mirror.store.sealing import Keyring
from mirror.writing.customers import remove
from tests.fakes import vocabulary
from tests.fakes.somebody import cpf, somebody
from tests.shape.reading_code import ROOT

pytestmark = pytest.mark.engines

CASES = ROOT / "tests/data/field_cases"
Fill = Callable[..., Database]


def one(number: int, name: str, **fields: Any) -> Customer:
    return somebody(number, name=name, phones=(), **fields)


def matched(db: Database, term: str, most: int | None = None) -> Matches:
    return matching(db, classify(term), most)


def found(db: Database, term: str) -> list[str]:
    return [one.customer.name for one in find(db, classify(term))]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("deuz", "Deuzenir Ferreira"),
        ("ana", "Ana Souza"),
        ("C&A", "C&A Modas Ltda"),
        ("c&a modas s/a", "C&A Modas Ltda"),
        ("3M", "3M do Brasil"),
        ("fereira", "Deuzenir Ferreira"),  # one missing
        ("ferrreira", "Deuzenir Ferreira"),  # one doubled
        ("ferriera", "Deuzenir Ferreira"),  # two swapped
        ("ferteira", "Deuzenir Ferreira"),  # one wrong
        ("tiago sousa", "Thiago Souza"),
        ("vagner", "Wagner Lima"),
        ("rafael", "Raphael Nunes"),
        ("conceissao", "Maria da Conceição"),
        ("raíssa", "Rayssa Prado"),
        ("elena", "Helena Dias"),
        ("vaneza", "Vanessa Rocha"),
        ("ipe amarelo eireli", "Ipê Amarelo ME"),
        ("flor do campo", "Zeferino Lopes"),  # by the name it trades under
    ],
)
def test_whoever_is_meant_is_found(mirror_with: Fill, typed: str, name: str):
    db = mirror_with(
        *(
            one(number, said)
            for number, said in enumerate(
                (
                    "Deuzenir Ferreira", "Ana Souza", "C&A Modas Ltda", "3M do Brasil",
                    "Thiago Souza", "Wagner Lima", "Raphael Nunes", "Maria da Conceição",
                    "Rayssa Prado", "Helena Dias", "Vanessa Rocha", "Ipê Amarelo ME",
                )
            )
        ),
        one(50, "Zeferino Lopes", trade_name="Flor do Campo"),
    )  # fmt: skip
    assert found(db, typed)[0] == name


def test_half_a_word_of_a_name_finds_whom_it_begins(mirror_with: Fill):
    case = json.loads((CASES / "26_half_a_word_of_a_name.json").read_text("utf-8"))
    db = mirror_with(*(one(number, name) for number, name in enumerate(case["names"])))
    assert [found(db, typed) for typed in case["typed"]] == [["Maria Aparecida"]] * 2


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("Acm", ["Acme, Inc"]),
        ("mari apar", ["Maria Aparecida"]),
        ("CONCEI", ["João da Conceição"]),
        ("joã con", ["João da Conceição"]),
        ("sant", ["D'Ávila Sant'Anna"]),
        ("pareci", []),  # the middle of a word is no beginning
    ],
)
def test_other_beginnings_of_names_find_them_too(mirror_with: Fill, typed: str, names: list[str]):
    there = ("Maria Aparecida", "Acme, Inc", "João da Conceição", "D'Ávila Sant'Anna")
    db = mirror_with(*(one(number, name) for number, name in enumerate(there)))
    assert found(db, typed) == names


def test_the_whole_name_comes_first_then_all_words_then_beginnings_then_what_is_near(
    mirror_with: Fill,
):
    ranked = (
        "Ana Lima", "Ana Lima", "Lima Ana Rocha", "Ana Beatriz Lima Rocha", "Anabela Lima",
        "Ana Limma", "Hana Lima", "Ana Lina",
    )  # fmt: skip
    arrived = [6, 1, 4, 7, 3, 5, 0, 2]  # of each name, the later of the two alike first
    db = mirror_with(*(one(place, ranked[place]) for place in sorted(range(8), key=arrived.index)))
    matches = matched(db, "ana lima")

    assert found(db, "ana lima") == list(ranked)
    levels = [matches.names.levels[one] for one in matches.ids]
    assert levels == [WHOLE] * 4 + [BEGINNING] + [SOUND] * 2 + [ERROR]
    assert not matches.cut


NARROWED = (
    one(
        1, "Maria Silva", addresses=(Address(city="São Paulo", state="SP"),),
        birth_date=date(1980, 1, 1), documents=(Document("cpf", cpf(111_111_104)),),
    ),
    one(
        2, "Maria Silva", addresses=(Address(city="São José do Rio Preto", state="SP"),),
        birth_date=date(1981, 1, 1),
    ),
    somebody(3, name="Maria Silva", phones=(Phone("+5521987654321", "mobile"),)),
    one(4, "Maria Silva Campinas"),
    one(5, "Maria Silva", addresses=(Address(city="Campinas", state="SP"),)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("maria silva 21", [3]),
        ("maria silva são paulo", [1]),
        ("maria silva sao jose do rio preto sp", [2]),
        ("maria silva sp", [5, 2, 1]),
        ("maria silva 1981", [2]),
        ("maria silva sp 1980", [1]),
        ("maria silva campinas", [5, 4]),  # who is called so is found too
        ("mariia silva são paulo", [1]),
        ("mar sil 21", [3]),
        (f"maria silva {cpf(111_111_104)[-3:]}", [1]),
        (f"maria silva {cpf(111_111_104)[-2:]}", [1]),
        ("maria silva 99", []),
        ("maria silva olinda", []),
    ],
)
def test_a_name_is_narrowed_by_what_is_typed_beside(
    mirror_with: Fill, typed: str, numbers: list[int]
):
    db = mirror_with(*NARROWED)
    assert [one.external_id for one in find(db, classify(typed))] == [f"C-{n}" for n in numbers]


def test_it_is_told_how_each_word_fits(mirror_with: Fill):
    db = mirror_with(one(1, "Thiago Ferreira Deuzenir", trade_name="Loja Um"))
    matches = matched(db, "tiago deuz fereira um")
    (row,) = find(db, classify("tiago deuz fereira um"))

    assert matches.names.told(row.id, row.customer) == [
        ("tiago", "thiago", SOUND),
        ("deuz", "deuzenir", BEGINNING),
        ("fereira", "ferreira", SOUND),
        ("um", "um", WHOLE),
    ]


def test_where_enough_fit_well_it_is_told_that_nobody_else_was_looked_for(
    mirror_with: Fill, monkeypatch: pytest.MonkeyPatch
):
    db = mirror_with(*(one(number, "Ana Lima") for number in range(5)), one(9, "Anabela Lima"))
    assert len(matched(db, "ana lima").ids) == 6
    monkeypatch.setattr(names, "_ENOUGH", 5)
    matches = matched(db, "ana lima")
    assert len(matches.ids) == 5
    assert matches.names.stopped
    assert not matches.cut


def test_a_cap_is_told_never_silent(mirror_with: Fill, monkeypatch: pytest.MonkeyPatch):
    people = [one(number, "Ana Lima") for number in range(20)]
    db = mirror_with(*people, one(90, "Ana Rara"), one(91, "Anabela Limeira"))

    alone = matched(db, "ana", 7)
    assert (len(alone.ids), alone.cut) == (7, True)
    monkeypatch.setattr(names, "_MOST_READ", 5)
    assert not matched(db, "ana rara").cut  # by the rarer word
    assert matched(db, "ana lima").cut

    monkeypatch.setattr(names, "_MOST_READ", 50)
    monkeypatch.setattr(names, "_MOST_OPENED", 3)
    assert matched(db, f"ana lima {cpf(100_000_000)[-2:]}").cut
    assert not matched(db, "ana lima").cut
    monkeypatch.setattr(names, "_MOST_READ", 4)
    assert matched(db, "an lim").cut


@pytest.mark.parametrize("tried", [0, 1_000_000])
def test_few_are_tried_one_by_one_and_many_read_and_both_find_the_same(
    mirror_with: Fill, monkeypatch: pytest.MonkeyPatch, tried: int
):
    names_of = ("Ana Lima", "Anabela Limeira", "Bia Lima")
    db = mirror_with(*(somebody(number, name=names_of[number % 3]) for number in range(30)))
    monkeypatch.setattr(names, "_MOST_TRIED", tried)
    monkeypatch.setattr(vocabularies.Holders, "unread", lambda _, __: 10**9 if tried else 0)
    for typed in ("ana lima", "an lim", "an lim 11"):
        assert len(found(db, typed)) == (20 if typed != "ana lima" else 10)


def test_holders_of_common_words_are_kept_until_anybody_changes(
    mirror_with: Fill, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(vocabularies, "_COMMON", 2)
    db = mirror_with(*(one(number, "Ana Lima") for number in range(4)), one(8, "Bia Lima"))
    for _ in range(2):
        assert len(found(db, "ana lima")) == 4
    mirror_with(
        one(9, "Ana Lima"), somebody(3, 2, name="Bia Ramos"), somebody(8, 2, name="Ana Lua")
    )
    assert sorted(found(db, "ana lima")) == ["Ana Lima"] * 4
    assert found(db, "ana lua") == ["Ana Lua"]
    assert sorted(found(db, "bia")) == ["Bia Ramos"]
    mirror_with(somebody(3, 3, name="Ana Lua"), somebody(8, 3, name="Bia Ramos"))
    assert [one.external_id for one in find(db, classify("ana lua"))] == [
        "C-3"
    ]  # as many as before


def test_the_words_are_those_of_the_last_commit(mirror_with: Fill):
    db = mirror_with(one(1, "Deuzenir Lima"), one(2, "Ana Lima"))
    assert found(db, "deuz") == ["Deuzenir Lima"]
    mirror_with(one(3, "Deuzalina Lima"), somebody(2, 2, name="Bia Lima"))
    assert found(db, "deuz") == ["Deuzalina Lima", "Deuzenir Lima"]
    with db.writing() as connection:
        remove(connection, "loja", ["C-1"], "erasure")
    assert found(db, "deuz") == ["Deuzalina Lima"]
    with db.reading() as connection:
        kept = dict(vocabularies.vocabulary(db, connection).words.values())
        assert kept == vocabulary.stored(connection, db.keys)


def test_a_word_is_opened_once(mirror_with: Fill, monkeypatch: pytest.MonkeyPatch):
    db = mirror_with(one(1, "Deuzenir Lima"))
    assert found(db, "deuz") == ["Deuzenir Lima"]
    mirror_with(one(2, "Deuzenir Rara"))
    opened, real = [], Keyring.open

    def noted(keys: Keyring, sealed: bytes, row: str) -> bytes:
        opened.append(row)
        return real(keys, sealed, row)

    monkeypatch.setattr(Keyring, "open", noted)
    assert len(found(db, "deuz")) == 2
    assert sum("name word" in row for row in opened) == 1


@pytest.mark.parametrize("typed", ["ana", "ana lima", "an li", "anna lima", "ana lima sp"])
def test_nobody_is_lost_or_twice_and_the_order_is_the_same_again(mirror_with: Fill, typed: str):
    dice, words = Random(typed), ("Ana", "Anna", "Anabela", "Lima", "Lyma", "Rosa", "Hana")
    people = [
        one(
            number,
            " ".join(dice.choices(words, k=dice.randint(1, 4))),
            addresses=(Address(city="Itu", state="SP"),),
        )
        for number in range(80)
    ]
    db = mirror_with(*people)
    first, again = matched(db, typed).ids, matched(db, typed).ids
    assert first == again
    assert len(set(first)) == len(first) > 0
    # As a look at every name tells it: whoever has each word typed in one of the ways.
    meant = [word for word in typed.split() if word != "sp"]
    with db.reading() as connection:
        known = vocabularies.vocabulary(db, connection)
    fits = {
        typed: {word for way in range(4) for word in known.fitting(typed, way)} for typed in meant
    }
    expected = {
        person.external_id
        for person in people
        if all(fits[word].intersection(person.name.lower().split()) for word in meant)
    }
    assert {row.external_id for row in find(db, classify(typed), 100)} == expected
