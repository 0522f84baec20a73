"""A register as people keep it loads whole: nobody is lost, and every fault is told by its flag."""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from connector.http import Answer, Request
from connector.sources.checks import definition
from connector.sources.rest import RestSource
from mirror.identifiers import classify, parse_phone
from mirror.reading.find import find
from mirror.records import Customer
from mirror.store.engine import Database
from tests.fakes.dirty_register import Register, differences, loaded, register, unfound
from tests.fakes.fake_master import Call, Reply
from tests.fakes.looking import refused
from tests.fakes.master import NOW
from tests.shape.reading_code import ROOT

CASES = ROOT / "tests/data/field_cases"


def case(name: str) -> Any:
    (file,) = CASES.glob(f"{name}_*.json")
    return json.loads(file.read_text("utf-8"))


def test_a_dirty_register_loads_whole_with_the_flags_that_were_put_in(
    mirror_db: Database, data_dir: Path
):
    pairs = list(register(2_000))
    report = loaded(mirror_db, data_dir, [record for record, _ in pairs])
    rights = [right for _, right in pairs]

    assert report.ok, report.sentence
    assert refused(mirror_db) == {}
    assert list(differences(mirror_db, rights)) == []
    assert list(unfound(mirror_db, rights[:300])) == []


def test_every_fault_of_the_register_is_in_it():
    flags = {flag for _, right in register(2_000) for flag in right.flags}
    assert flags == {
        "phone_words", "phone_invalid", "email_words", "email_invalid", "document_zeros",
        "document_words", "document_invalid", "birth_date_invalid", "postal_code_invalid",
        "addresses_invalid", "addresses_truncated", "notes_invalid", "notes_too_long",
        "tags_invalid", "tags_truncated", "tags_shape", "seller_invalid", "seller_too_long",
        "notes_shape", "seller_shape",
    }  # fmt: skip


def test_a_register_is_compared_and_not_only_counted(mirror_db: Database, data_dir: Path):
    pairs = list(register(20))
    loaded(mirror_db, data_dir, [record for record, _ in pairs[1:]])
    first, second, *others = [right for _, right in pairs]
    wrong = [first, second._replace(flags=second.flags | {"made_up"}, email="x@y.com"), *others]
    assert list(differences(mirror_db, wrong)) == [
        f"{second.code}: flags ['made_up']", f"{second.code}: email", f"{first.code}: lost",
    ]  # fmt: skip


def arrived(db: Database, data: Path, records: list[Any]) -> list[Customer]:
    """What each record of a case becomes: all arrive, each is found by its code."""
    report = loaded(db, data, records)
    assert report.ok, report.sentence
    assert refused(db) == {}
    found = [find(db, classify(str(one["id"]).removesuffix(".0"))) for one in records]
    assert all(len(one) == 1 for one in found)
    return [one.customer for (one,) in found]


def test_words_around_a_telephone_cost_nobody(mirror_db: Database, data_dir: Path):
    for one in arrived(mirror_db, data_dir, case("03")):
        assert [phone.number for phone in one.phones] == ["+5511988887777"]
        assert one.flags == ("phone_words",)
    assert len(find(mirror_db, classify("(11) 98888-7777"))) == 5


def test_false_for_nothing_is_nothing_everywhere(mirror_db: Database, data_dir: Path):
    (one,) = arrived(mirror_db, data_dir, case("04"))
    assert (one.phones, one.emails, one.documents, one.birth_date) == ((), (), (), None)
    assert (one.addresses, one.flags) == ((), ())


def test_every_address_of_a_text_arrives(mirror_db: Database, data_dir: Path):
    both, one = ("a@exemplo.com.br", "b@exemplo.com.br"), ("fulano@exemplo.com.br",)
    found = arrived(mirror_db, data_dir, case("09"))
    assert [customer.emails for customer in found] == [both, both, one, one, both]
    assert {customer.flags for customer in found} == {()}


def test_a_cpf_without_its_zero_is_found_by_the_whole(mirror_db: Database, data_dir: Path):
    found = arrived(mirror_db, data_dir, case("11"))
    zeroless, dotted, padded, number = [one.documents[0].value for one in found]
    assert zeroless == dotted == number == "01234567890"
    assert padded == "12345678909"
    assert {one.flags for one in found} == {("document_zeros",)}
    assert len(find(mirror_db, classify("012.345.678-90"))) == 3


def test_ids_of_other_letters_arrive_and_are_found(mirror_db: Database, data_dir: Path):
    found = arrived(mirror_db, data_dir, case("12"))
    sent = [one["id"] for one in case("12")]
    assert [one.external_id for one in found] == [*sent[:-1], "12"]


def test_ids_of_other_letters_stand_in_addresses_encoded():
    """Each is asked for alone, at one step below the list, and is the one that answers."""
    asked = Alone(case("12"))
    with asked.running():
        source = asked.source(stream={"one": {"path": "/customers/{id}"}})
        for record in case("12")[:-1]:
            (found,) = source.one(record["id"]).records
            assert json.loads(found)["id"] == record["id"]
    assert asked.calls[1].path == "/customers/C%2F001"


class Alone(Register):
    """Answers for single customers too, by what is written behind the list's address."""

    reads = ("GET /customers/[^/]+",)

    def answer(self, call: Call) -> Reply:
        wanted = unquote(call.path.removeprefix("/customers/"))
        return Reply(next(one for one in self.records if one["id"] == wanted))


def test_a_zero_before_the_number_is_none_of_it():
    """Field case 29."""
    phone = parse_phone(case("29")[0]["phone"])
    assert phone is not None
    assert (phone.number, phone.kind) == ("+5511988887777", "mobile")


def test_days_that_mean_none_are_none(mirror_db: Database, data_dir: Path):
    for one in arrived(mirror_db, data_dir, case("28")):
        assert (one.birth_date, one.flags) == (None, ())


def test_stamps_in_seconds_are_read_and_asked_for_in_seconds():
    """Field case 22: the stamp by a filter, and what is asked since by a format."""
    table = tomllib.loads((CASES / "generic.toml").read_text("utf-8"))
    table["stream"]["records"]["stamp"] = "updated_at | epoch"
    table["stream"]["since"] = {"query": {"since": "{since:epoch}"}, "overlap_s": 0}
    paper = Paper()
    made = RestSource("loja", definition(table, "loja"), paper)
    (record,) = case("22")

    head = made.head(json.dumps(record).encode(), NOW)
    assert head.instant == datetime(2026, 11, 1, 13, tzinfo=UTC)
    assert [page.records for page in made.pages(head.stamp)] == [[]]
    assert paper.asked[0].query["since"] == str(record["updated_at"])


class Paper:
    """A master that has nothing to say, and keeps what it was asked."""

    requests = 0

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def send(self, request: Request) -> Answer:
        self.asked.append(request)
        return Answer(b"[]", NOW)

    def pause(self, seconds: float) -> None:
        raise AssertionError

    def close(self) -> None:
        raise AssertionError
