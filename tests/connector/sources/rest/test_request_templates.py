"""Templates of requests: places are filled in, what has no value yet is left out."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from connector.sources.rest.request import about_one, as_texts, filled, names_in
from connector.sources.source_file import Detail, Records, Stream

SINCE = datetime(2026, 3, 2, 14, 58, tzinfo=UTC)


def test_an_entry_that_needs_what_is_not_known_yet_is_left_out():
    template = {"limit": "{size}", "cursor": "{token}", "since": "{since}", "sort": "id"}
    assert as_texts(template, {"size": 500}) == {"limit": "500", "sort": "id"}
    assert as_texts(template, {"size": 500, "token": None})["sort"] == "id"


def test_a_place_alone_keeps_its_type_and_a_bool_is_written_small():
    assert filled({"page": "{page}", "text": "p{page}"}, {"page": 2}) == {"page": 2, "text": "p2"}
    assert as_texts({"full": True}, {}) == {"full": "true"}


def test_bodies_are_filled_all_the_way_down():
    body = {"call": "List", "param": [{"page": "{page}", "since": "{since:%d/%m/%Y}"}]}
    assert filled(body, {"page": 1}) == {"call": "List", "param": [{"page": 1}]}
    assert filled(body, {"page": 1, "since": SINCE})["param"][0]["since"] == "02/03/2026"


def test_an_instant_is_written_in_utc_in_the_zone_or_in_any_form():
    here = SINCE.astimezone(ZoneInfo("America/Sao_Paulo"))
    assert as_texts({"a": "{since}"}, {"since": here}) == {"a": "2026-03-02T14:58:00Z"}
    written = as_texts({"a": "x ge {since:offset}"}, {"since": here})
    assert written == {"a": "x ge 2026-03-02T11:58:00-03:00"}
    assert as_texts({"a": "{since:%H:%M:%S}"}, {"since": here}) == {"a": "11:58:00"}


def test_the_places_of_a_template_are_known():
    assert names_in({"a": "{page}", "b": [{"c": "{size}-{end}"}], "d": 1}) == {
        "page",
        "size",
        "end",
    }


def test_between_apostrophes_an_apostrophe_is_doubled():
    query = {"$filter": "Code gt '{key}' and Id eq {key}"}
    assert as_texts(query, {"key": "D'Ávila"}) == {
        "$filter": "Code gt 'D''Ávila' and Id eq D'Ávila"
    }


def test_an_id_in_an_address_is_one_text_whatever_is_in_it():
    stream = Stream(path="/c", records=Records(path="$", id="id"), headers={"Accept": "a/b"})
    quoted = about_one(Detail(path="/Partners('{id}')"), "C'1/2 ç", stream)
    plain = about_one(Detail(path="/customers/{id}"), "C'1", stream)

    assert quoted.path == "/Partners('C%27%271%2F2%20%C3%A7')"
    assert plain.path == "/customers/C%271"
    assert quoted.headers == {"Accept": "a/b"}
