"""Pages as real masters send them: in another encoding, under another type, badly escaped."""

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.auth.credentials import Fixed, Sender
from connector.http.client import Fetcher, Limits
from connector.sources.checks import definition
from connector.sources.rest import RestSource
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.hostile import Asked, hostile, reply
from tests.fakes.looking import customers, refused

CASES = Path(__file__).parents[3] / "data/field_cases"
GENERIC = tomllib.loads((CASES / "generic.toml").read_text("utf-8"))
Opened = Callable[..., RestSource]


@pytest.fixture
def generic() -> Iterator[Opened]:
    """A plain REST master, as a person declares one."""
    made: list[RestSource] = []

    def open_(url: str, path: str = "$") -> RestSource:
        table = json.loads(json.dumps(GENERIC))
        table["stream"]["records"]["path"] = path
        table["stream"]["page"]["size"] = 100
        limits = Limits(timeout_s=5, attempts=2, per_minute=6_000)
        fetcher = Fetcher(url, {}, limits, sleep=lambda seconds: None)
        sender = Sender(fetcher, Fixed({}))
        made.append(RestSource("loja", definition(table, "loja"), sender))
        return made[-1]

    yield open_
    for one in made:
        one.close()


def pages(*bodies: bytes, kind: str | None = "application/json") -> Callable[[Asked], bytes]:
    """These pages, one after the other, and then empty ones."""

    def script(asked: Asked) -> bytes:
        number = int(asked.target.rpartition("page=")[2])
        return reply(bodies[number - 1] if number <= len(bodies) else b"[]", kind=kind)

    return script


def person(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "updated_at": "2026-11-01T10:00:00-03:00",
        "name": f"Pessoa {number}",
        "type": "F",
    } | more


def names(db: Database) -> dict[str, str | None]:
    return {one.external_id: one.name for one in customers(db)}


# In another encoding than JSON's.

WINDOWS = (CASES / "05_page_in_windows_1252.json").read_bytes()


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=windows-1252",
        "application/json; charset=utf-8",
        "text/plain; charset=iso-8859-1",
    ],
)
def test_a_page_in_windows_1252_is_read_as_such_whatever_is_said_of_it(
    mirror_db: Database, follow: Follow, generic: Opened, kind: str
):
    with hostile(pages(WINDOWS, kind=kind)) as master:
        report = follow(generic(master.url))
    assert report.ok
    assert names(mirror_db) == {str(number): "José da Conceição" for number in range(1, 8)}
    assert "7 records are not in UTF-8: read as Windows-1252." in report.sentence


@pytest.mark.parametrize(
    "name",
    [
        "Café “do Zé” – R€",
        "Zoë Müller Nuñez",
        "AÇOUGUE SÃO JOSÉ ª º",
        "João\xa0D’Ávila",
        "Žofia Šťastná",
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/html; charset=iso-8859-1"])
def test_other_letters_of_windows_1252_are_read_too(
    mirror_db: Database, follow: Follow, generic: Opened, name: str, kind: str
):
    letters = name.replace("ť", "t")  # which is of another page of letters
    body = json.dumps([person(1, name=letters), person(2)], ensure_ascii=False).encode("cp1252")
    with hostile(pages(body, kind=kind)) as master:
        report = follow(generic(master.url))
        again = follow(generic(master.url), full=True)
    assert names(mirror_db) == {"1": letters.replace("\xa0", " "), "2": "Pessoa 2"}
    assert "1 records are not in UTF-8: read as Windows-1252." in report.sentence
    assert (again.figures.unchanged, again.figures.gone) == (2, 0)


def test_utf8_is_utf8_even_where_another_encoding_is_told(
    mirror_db: Database, follow: Follow, generic: Opened
):
    body = json.dumps([person(1, name="José")], ensure_ascii=False).encode()
    with hostile(pages(body, kind="application/json; charset=iso-8859-1")) as master:
        report = follow(generic(master.url))
    assert names(mirror_db) == {"1": "José"}
    assert "UTF-8" not in report.sentence


def test_one_record_of_an_old_database_costs_nobody_else_a_letter(
    mirror_db: Database, follow: Follow, generic: Opened
):
    old = json.dumps(person(2, name="João"), ensure_ascii=False).encode("cp1252")
    new = json.dumps(person(1, name="José  da Conceição"), ensure_ascii=False).encode()
    with hostile(pages(b"[%b,%b]" % (new, old))) as master:
        assert follow(generic(master.url)).ok
    assert names(mirror_db) == {"1": "José da Conceição", "2": "João"}
    assert refused(mirror_db) == {}


def test_an_id_in_windows_1252_is_told_by_its_letters(
    mirror_db: Database, follow: Follow, generic: Opened
):
    body = json.dumps([person(1, id="Praça7")], ensure_ascii=False).encode("cp1252")
    with hostile(pages(body)) as master:
        assert follow(generic(master.url)).ok
    assert {*names(mirror_db)} == {"Praça7"} or [*refused(mirror_db).values()] == ["id: not_an_id"]


def test_unchanged_pages_in_another_encoding_write_nothing(
    mirror_db: Database, follow: Follow, generic: Opened
):
    with hostile(pages(WINDOWS)) as master:
        follow(generic(master.url))
        again = follow(generic(master.url), full=True)
    assert (again.figures.unchanged, again.figures.changed) == (7, 0)


# Badly escaped: what one program wrote wrongly in one text is not worth a page.

SPOILT = {
    "a raw control character": b'"Pes\x02soa 2"',
    "a raw tab": b'"Pessoa\t2"',
    "a lone backslash": b'"Pes\\soa 2"',
    "a lone backslash at its end": b'"Pessoa 2\\"',
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "a code with zeros": b"0123",
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)
def test_one_text_that_is_no_json_costs_at_most_its_record(
    mirror_db: Database, follow: Follow, generic: Opened, spoilt: bytes
):
    good = [json.dumps(person(number)).encode() for number in (1, 2, 3)]
    good[1] = good[1].replace(b'"Pessoa 2"', spoilt)
    with hostile(pages(b"[%b]" % b",".join(good))) as master:
        report = follow(generic(master.url))
        sweep = follow(generic(master.url), full=True)
    assert report.ok
    assert sweep.figures.gone == 0
    assert {"1": "Pessoa 1", "3": "Pessoa 3"}.items() <= names(mirror_db).items()
    assert {*names(mirror_db), *refused(mirror_db)} == {"1", "2", "3"}
    assert "1 of the pages were no right JSON" in report.sentence


def test_a_number_that_is_none_for_an_id_costs_that_record(
    mirror_db: Database, follow: Follow, generic: Opened
):
    body = json.dumps([person(1), person(2)]).encode().replace(b'"id": 2', b'"id": NaN')
    with hostile(pages(body)) as master:
        assert follow(generic(master.url)).ok
    assert set(names(mirror_db)) == {"1"}
    assert list(refused(mirror_db).values()) == ["id: missing"]


def test_a_right_page_is_not_said_to_have_been_mended(
    mirror_db: Database, follow: Follow, generic: Opened
):
    with hostile(pages(json.dumps([person(1, name='C:\\ "x" NaN')]).encode())) as master:
        report = follow(generic(master.url))
    assert "mended" not in report.sentence


# Under another type, or packed into a text once more.


def packed(value: Any) -> bytes:
    return json.dumps(json.dumps(value)).encode()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("$", packed([person(1)])),
        ("$", b" \r\n" + packed([person(1)]) + b"\n"),
        ("items", packed({"items": [person(1)]})),
        ("d", json.dumps({"d": json.dumps([person(1)])}).encode()),
        ("d.rows", json.dumps({"d": json.dumps({"rows": [person(1)]})}).encode()),
    ],
)
def test_a_list_that_comes_as_a_text_is_a_list(
    mirror_db: Database, follow: Follow, generic: Opened, path: str, body: bytes
):
    def script(asked: Asked) -> bytes:
        return reply(body if asked.target.endswith("page=1") else _emptied(path))

    with hostile(script) as master:
        assert follow(generic(master.url, path)).ok
    assert names(mirror_db) == {"1": "Pessoa 1"}


def _emptied(path: str) -> bytes:
    value: Any = []
    for step in reversed(path.split(".")) if path != "$" else ():
        value = {step: value}
    return json.dumps(value).encode()


@pytest.mark.parametrize("text", ["Nenhum registro", "", "7", '"x"'])
def test_a_text_that_holds_no_list_is_no_page(
    mirror_db: Database, follow: Follow, generic: Opened, text: str
):
    with hostile(reply(json.dumps(text).encode())) as master:
        assert not follow(generic(master.url)).ok


def test_a_token_that_looks_like_json_stays_a_token(generic: Opened):
    with hostile(reply(json.dumps({"items": [], "next": '{"after":7}'}).encode())) as master:
        source = generic(master.url, "items")
        page = next(source._listed(None, {}, {}))
    assert page.value("next") == '{"after":7}'


CASE = json.loads((CASES / "16_json_under_another_type.json").read_text("utf-8"))


@pytest.mark.parametrize("kind", [*CASE["content_types"], "", "application/octet-stream"])
def test_json_under_another_type_is_a_page(
    mirror_db: Database, follow: Follow, generic: Opened, kind: str | None
):
    with hostile(pages(json.dumps(CASE["body"]).encode(), kind=kind)) as master:
        assert follow(generic(master.url)).ok
    assert names(mirror_db) == {"1": "Pessoa 1"}
