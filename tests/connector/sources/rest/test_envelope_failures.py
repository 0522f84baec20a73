"""Masters that say what went wrong in the body, tables of their own, records in two parts."""

from collections.abc import Callable
from typing import Any

import pytest

from config.assemble import merged, preset
from connector.http import (
    AccessRefused,
    BadAnswer,
    MasterProblem,
    RequestRefused,
    Unreachable,
)
from connector.sources.checks import definition
from connector.sources.rest import RestSource, open_source
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.hostile import Asked, Script, hostile, reply
from tests.fakes.looking import customers, refused, versions
from tests.fakes.master import encode, record
from tests.fakes.stores import Remembering

Opened = Callable[..., RestSource]


@pytest.fixture
def opened() -> Any:
    made: list[RestSource] = []

    def open_(url: str, **over: Any) -> RestSource:
        limits = {"attempts": 2, "longest_wait_s": 0.0}
        defined = definition(merged(preset("omni"), {"limits": limits} | over), "loja")
        made.append(open_source("loja", defined, url, {"token": "t"}, Remembering()))
        return made[-1]

    yield open_
    for one in made:
        one.close()


def page(*items: Any, **top: Any) -> bytes:
    return reply(encode({"items": list(items), "next": None, "has_more": False} | top))


ERRORS = {
    "code": "faultcode",
    "message": "faultstring",
    "empty": ["5113"],
    "retry": ["6"],
    "auth": ["401"],
    "empty_status": [404],
    "wait": {"pattern": r"Aguarde (\d+) segundos"},
}


@pytest.mark.parametrize("status", [200, 500, 403])
def test_a_code_that_only_means_nothing_there_is_an_empty_page(opened: Opened, status: int):
    with hostile(reply(b'{"faultcode":"5113"}', status)) as master:
        assert [one.records for one in opened(master.url, errors=ERRORS).pages(None)] == [[]]


def test_a_status_that_only_means_nothing_there_is_an_empty_page(opened: Opened):
    with hostile(reply(b'{"error":"past the end"}', 404)) as master:
        assert [one.records for one in opened(master.url, errors=ERRORS).pages(None)] == [[]]


@pytest.mark.parametrize(
    ("code", "problem", "asked"),
    [("6", Unreachable, 2), ("401", AccessRefused, 1), ("9", RequestRefused, 1)],
)
def test_a_code_is_judged_before_the_status(
    opened: Opened, code: str, problem: type[MasterProblem], asked: int
):
    body = encode({"faultcode": code, "faultstring": "CPF 529.982.247-25: Aguarde 0 segundos"})
    with hostile(reply(body)) as master, pytest.raises(problem) as told:
        list(opened(master.url, errors=ERRORS).pages(None))
    assert "529" not in str(told.value)
    assert len(master.asked) == asked


def test_a_code_that_says_more_than_a_code_is_not_repeated(opened: Opened):
    body = encode({"faultcode": "customer 529.982.247-25 <b>?"})
    with hostile(reply(body)) as master, pytest.raises(RequestRefused) as told:
        list(opened(master.url, errors=ERRORS).pages(None))
    assert "529" not in str(told.value)


FAILED = {"failed": ["errors", {"path": "success", "in": [False, "false"]}]}


@pytest.mark.parametrize(
    "sign",
    [
        {"errors": [{"message": "no field: 529.982.247-25"}]},
        {"errors": {"x": 1}},
        {"errors": "broken"},
        {"success": False},
        {"success": "false"},
    ],
)
def test_a_sign_of_failure_beside_data_means_that_none_of_it_counts(
    opened: Opened, follow: Follow, mirror_db: Database, sign: dict[str, Any]
):
    source_errors = FAILED | {"message": "errors[].message"}
    with hostile(page(record(1))) as master:
        source = opened(master.url, errors=source_errors)
        follow(source)
        before = versions(mirror_db)
        broken = page(record(1, v=2, name=None, cpf=None), **sign)
        master.script = lambda asked: broken
        report = follow(source, full=True)
    assert not report.ok
    assert "errors.failed" in report.sentence
    assert ("message of 24 characters" in report.sentence) == isinstance(sign.get("errors"), list)
    assert "529" not in report.sentence
    assert versions(mirror_db) == before


@pytest.mark.parametrize(
    "sent",
    [
        b'\xef\xbb\xbf{"items":[],"next":null,"has_more":false,"success":false}',
        b'{"items":[],"next":null,"has_more":false,"errors":["a\x01\tb"]}',
        b'{"items":[],"next":null,"has_more":false,"errors":["n\xe3o"]}',
        b'{"items":[],"next":null,"has_more":false,"cost":NaN,"success":false}',
        b' { "success" : false , "items" : [], "next" : null, "has_more" : false } ',
    ],
)
def test_a_sign_is_seen_however_the_answer_is_written(opened: Opened, sent: bytes):
    with hostile(reply(sent)) as master, pytest.raises(RequestRefused, match=r"errors\.failed"):
        list(opened(master.url, errors=FAILED).pages(None))


@pytest.mark.parametrize(
    "sign",
    [{}, {"errors": []}, {"errors": None}, {"errors": {}}, {"success": True}, {"errors": ""}],
)
def test_an_empty_sign_is_none(opened: Opened, sign: dict[str, Any]):
    with hostile(page(record(1), **sign)) as master:
        (one,) = opened(master.url, errors=FAILED).pages(None)
    assert len(one.records) == 1


@pytest.mark.parametrize(
    ("codes", "problem", "asked"),
    [
        (["9", "6"], Unreachable, 2),
        (["6", "401"], AccessRefused, 1),
        (["5113", "9"], RequestRefused, 1),
        ([None, "9"], RequestRefused, 1),
    ],
)
def test_of_several_codes_each_is_judged(
    opened: Opened, codes: list[str], problem: type[MasterProblem], asked: int
):
    body = page(record(1), errors=[{"code": code} for code in codes])
    errors = ERRORS | {"code": "errors[].code"}
    with hostile(body) as master, pytest.raises(problem):
        list(opened(master.url, errors=errors).pages(None))
    assert len(master.asked) == asked


NULL = reply(b'{"items":null,"next":null,"has_more":false}')


def test_null_is_an_empty_list_only_where_the_file_says_so(opened: Opened):
    nullable = {"stream": {"records": {"nullable": "total"}}}
    with hostile(NULL) as master:
        assert [one.records for one in opened(master.url, **nullable).pages(None)] == [[]]
    for total in (0, 3):
        sent = {"items": None, "next": None, "has_more": False, "total": total}
        with hostile(reply(encode(sent))) as master:
            source = opened(master.url, **nullable)
            if total:
                with pytest.raises(BadAnswer, match="not a page"):
                    list(source.pages(None))
            else:
                assert [one.records for one in source.pages(None)] == [[]]
    with (
        hostile(NULL) as master,
        pytest.raises(BadAnswer, match=r"at 'items' \(records\.path\)"),
    ):
        list(opened(master.url).pages(None))


def test_a_table_of_the_masters_own_may_be_asked_for_by_post(
    opened: Opened, follow: Follow, mirror_db: Database
):
    body = {"model": "status", "fields": ["Id", "Name"]}
    posted = {"path": "/rpc", "method": "POST", "body": body, "key": "Id", "value": "Name"}

    def script(asked: Asked) -> bytes:
        if asked.target == "/rpc":
            assert asked.body == encode(body)
            return reply(encode([{"Id": 3, "Name": "Ativo"}]))
        return page(record(1, status=3))

    with hostile(script) as master:
        lookups = {"status": posted}
        assert follow(opened(master.url, map={"registration": WORDS}, lookups=lookups)).ok
    (one,) = customers(mirror_db)
    assert one.registration == "active"


LOOKUPS = {"lookups": {"status": {"path": "/statuses", "key": "Id", "value": "Name"}}}
WORDS = {"path": "status | lookup status", "words": {"Ativo": "active", "Descartado": "deleted"}}


def served(statuses: list[dict[str, Any]], *records: dict[str, Any]) -> Script:
    def script(asked: Asked) -> bytes:
        return reply(encode(statuses)) if asked.target == "/statuses" else page(*records)

    return script


def test_ids_mean_what_the_masters_own_table_says(
    opened: Opened, follow: Follow, mirror_db: Database
):
    statuses = [{"Id": 103, "Name": "Ativo"}, {"Id": 104, "Name": "Descartado"}]
    people = [record(1, status=103), record(2, status=104), record(3, status=999)]
    with hostile(served(statuses, *people)) as master:
        source = opened(master.url, map={"registration": WORDS}, **LOOKUPS)
        assert follow(source).ok
    found = {one.external_id: one for one in customers(mirror_db)}
    assert [found[name].registration for name in "123"] == ["active", "deleted", "unknown"]
    assert found["3"].registration_received == "999"


def test_a_table_that_changes_has_its_records_read_again(
    opened: Opened, follow: Follow, mirror_db: Database
):
    before, after = [{"Id": 3, "Name": "Ativo"}], [{"Id": 3, "Name": "Descartado"}]
    with hostile(served(before, record(1, status=3))) as master:
        source = opened(master.url, map={"registration": WORDS}, **LOOKUPS)
        follow(source)
        master.script = served(after, record(1, status=3))
        follow(source, full=True)
    (one,) = customers(mirror_db)
    assert one.registration == "deleted"


@pytest.mark.parametrize("body", [b"[]", b"{}", b"7", b'{"value":[]}'])
def test_a_table_that_is_none_stops_the_run(opened: Opened, follow: Follow, body: bytes):
    with hostile(reply(body)) as master:
        report = follow(opened(master.url, map={"registration": WORDS}, **LOOKUPS))
    assert not report.ok
    assert "lookup 'status'" in report.sentence


DETAIL = {"stream": {"detail": {"path": "/contacts/{id}", "record": "data"}}}


class Detailed:
    """Lists an id and a name; the rest is in a call for each."""

    def __init__(self) -> None:
        self.people = {number: record(number, name=f"Ana {number}") for number in (1, 2, 3)}
        self.details: list[str] = []

    def __call__(self, asked: Asked) -> bytes:
        if asked.target.startswith("/contacts/"):
            number = asked.target.removeprefix("/contacts/")
            self.details.append(number)
            known = self.people.get(int(number))
            return reply(encode({"data": known})) if known else reply(b"{}", 404)
        keys = ("id", "v", "updated_at", "name")
        return page(*({key: one[key] for key in keys} for one in self.people.values()))


def test_what_a_list_leaves_out_is_asked_for_where_something_changed(
    opened: Opened, follow: Follow, mirror_db: Database
):
    script = Detailed()
    with hostile(script) as master:
        source = opened(master.url, **DETAIL)
        follow(source)
        assert script.details == ["1", "2", "3"]
        assert {one.emails for one in customers(mirror_db)} == {
            (f"cliente{number}@exemplo.com.br",) for number in (1, 2, 3)
        }
        script.details.clear()
        script.people[2] |= {"v": 2, "name": "Bia 2"}
        follow(source, full=True)
        assert script.details == ["2"]


def test_a_change_that_a_list_does_not_show_is_found_by_the_next_reading_of_changes(
    opened: Opened, follow: Follow, mirror_db: Database
):
    script = Detailed()
    with hostile(script) as master:
        source = opened(master.url, **DETAIL)
        follow(source)
        script.people[2]["emails"] = [{"address": "nova@exemplo.com.br"}]
        script.people[2]["v"] = 1  # the list looks the same
        source.counter = False
        follow(source)
    assert "nova@exemplo.com.br" in {one.emails[0] for one in customers(mirror_db)}


def test_who_goes_between_the_list_and_the_call_is_one_bad_record(
    opened: Opened, follow: Follow, mirror_db: Database
):
    script = Detailed()

    def going(asked: Asked) -> bytes:
        told = script(asked)
        script.people.pop(3, None)
        return told

    with hostile(going) as master:
        assert follow(opened(master.url, **DETAIL)).ok
    assert refused(mirror_db) == {"3": "record: gone_since_it_was_listed"}


def test_whom_the_master_lists_as_deleted_is_gone(
    opened: Opened, follow: Follow, mirror_db: Database
):
    more = [record(2), record(3)]
    gone = [record(number, status="gone") for number in (2, 3)]

    def script(asked: Asked) -> bytes:
        asks_for_deleted = "deleted=1" in asked.target
        return page(*(gone if asks_for_deleted else [record(1)]), *more)

    with hostile(script) as master:
        source = opened(master.url, stream={"deleted": {"query": {"deleted": "1"}}})
        follow(source)
        assert len(customers(mirror_db)) == 3
        more.clear()
        report = follow(source)
    assert [one.external_id for one in customers(mirror_db)] == ["1"]
    assert report.figures.gone == 2


def test_whom_a_list_of_changes_says_it_deleted_is_gone_and_stays_so(
    opened: Opened, follow: Follow, mirror_db: Database
):
    there = [record(1), record(2), record(3)]

    with hostile(lambda asked: page(*there)) as master:
        source = opened(
            master.url, stream={"records": {"gone": {"path": "status", "in": ["deleted"]}}}
        )
        follow(source)
        assert len(customers(mirror_db)) == 3
        there[1] = record(2, 5, status="deleted")
        report = follow(source)
        assert (report.ok, report.figures.gone) == (True, 1)
        there[1] = record(2, 4)  # a replica behind
        follow(source)
    assert [one.external_id for one in customers(mirror_db)] == ["1", "3"]


def test_only_whom_the_source_file_calls_a_customer_is_read(
    opened: Opened, follow: Follow, mirror_db: Database
):
    people = [record(1, roles=["Cliente"]), record(2, roles=["Fornecedor"]), record(3)]
    where = {"path": "roles[]", "in": ["Cliente"]}
    with hostile(page(*people)) as master:
        follow(opened(master.url, stream={"records": {"where": where}}))
    assert [one.external_id for one in customers(mirror_db)] == ["1"]


def test_a_master_without_stamps_is_listed_whole_and_costs_no_writes(
    opened: Opened, follow: Follow, mirror_db: Database
):
    bare = [{"id": n, "name": f"Ana {n}", "person_type": "PF", "status": "active"} for n in (1, 2)]
    defined = merged(preset("omni"), {})
    stream = defined["stream"]
    del stream["since"], stream["records"]["version"], stream["records"]["stamp"]
    with hostile(page(*bare)) as master:
        source = open_source(
            "loja", definition(defined, "loja"), master.url, {"token": "t"}, Remembering()
        )
        follow(source)
        report = follow(source)
        bare[0]["name"] = "Ana Maria"
        master.script = lambda asked: page(*bare)
        changed = follow(source)
        source.close()
    assert (report.figures.unchanged, report.figures.changed) == (2, 0)
    assert (changed.figures.unchanged, changed.figures.changed) == (1, 1)


def test_the_masters_clock_at_the_start_may_be_the_cursor(
    opened: Opened, follow: Follow, mirror_db: Database
):
    since = {"watermark": "run_start", "overlap_s": 60}
    answer = reply(
        encode({"items": [record(1)], "next": None, "has_more": False}),
        Date="Sun, 22 Nov 2026 06:00:00 GMT",
    )
    with hostile(answer) as master:
        source = opened(master.url, stream={"since": since})
        follow(source)
        follow(source)
    assert "updated_since=2026-11-22T05%3A59%3A00Z" in master.asked[1].target


def test_nothing_is_left_of_a_page_that_leads_elsewhere(
    opened: Opened, follow: Follow, mirror_db: Database
):
    told = page(record(1), next="https://canary.invalid/x", has_more=True)
    with hostile(told) as master:
        assert not follow(opened(master.url)).ok
    assert customers(mirror_db) == []


def test_a_table_nested_beyond_reading_stops_the_run_and_nothing_else(
    opened: Opened, follow: Follow
):
    body = b'[{"Id":1,"Name":' + b"[" * 900 + b"]" * 900 + b"}]"
    with hostile(reply(body)) as master:
        report = follow(opened(master.url, map={"registration": WORDS}, **LOOKUPS))
    assert not report.ok


def test_a_master_that_does_not_know_who_is_deleted_removes_nobody(
    opened: Opened, follow: Follow, mirror_db: Database
):
    with hostile(page(*(record(number) for number in range(1, 9)))) as master:
        source = opened(master.url, stream={"deleted": {"query": {"deleted": "1"}}})
        follow(source)
        report = follow(source)
    assert not report.ok
    assert "Nobody was removed" in report.sentence
    assert len(customers(mirror_db)) == 8


def test_whatever_a_record_does_to_its_reader_it_is_one_record(
    opened: Opened, follow: Follow, mirror_db: Database, monkeypatch: pytest.MonkeyPatch
):
    with hostile(page(*(record(number) for number in range(1, 4)))) as master:
        source = opened(master.url)
        translate = source.translate

        def breaking(found: dict[str, Any], head: Any, stream: str) -> Any:
            if head.external_id == "2":
                raise OverflowError("529.982.247-25")
            return translate(found, head, stream)

        monkeypatch.setattr(source, "translate", breaking)
        report = follow(source)
    assert report.ok
    assert refused(mirror_db) == {"2": "record: beyond_reading"}
    assert len(customers(mirror_db)) == 2


def test_an_error_code_that_is_a_sentence_is_kept_to_itself(opened: Opened):
    body = encode({"faultcode": "Maria da Silva CPF 529.982.247-25"})
    with hostile(reply(body)) as master, pytest.raises(RequestRefused) as told:
        list(opened(master.url, errors=ERRORS).pages(None))
    assert "Maria" not in str(told.value)


def test_a_clock_of_another_century_does_not_become_the_cursor(
    opened: Opened, follow: Follow, mirror_db: Database
):
    answer = reply(
        encode({"items": [record(1)], "next": None, "has_more": False}),
        Date="Fri, 01 Jan 2100 00:00:00 GMT",
    )
    with hostile(answer) as master:
        source = opened(master.url, stream={"since": {"watermark": "run_start"}})
        follow(source)
        follow(source)
    assert "updated_since=20" in master.asked[1].target
    assert "updated_since=2099" not in master.asked[1].target
