"""Saved pages are read as a master's: envelope, heads and translation, without network."""

from typing import Any

import pytest

from config.assemble import merged, preset
from connector.http import MasterProblem
from connector.preview import MOST_DETAILS, Look, look_at_saved
from connector.sources.checks import checked
from tests.fakes.master import encode, record


def _look(body: bytes, *details: bytes, name: str = "omni", **over: Any) -> Look:
    definition, mistakes = checked(merged(preset(name), over))
    assert mistakes == []
    look = Look()
    look_at_saved(look, definition, "loja", body, details)
    return look


def _page(*records: dict[str, Any], **top: Any) -> bytes:
    return encode({"items": list(records), "next": "more", "has_more": True, "since": "x"} | top)


def test_a_page_is_read_though_it_was_asked_since_and_has_another_behind_it():
    look = _look(_page(record(1), record(2, name=True), {"id": 3}))

    assert (look.received, look.filled["name"]) == (3, 1)
    assert look.refused == {"name: not_text": 1, "version: not_a_counter": 1}
    assert look.examples()["name"] == "C****** *"
    assert look.examples()["kind"] == "PF 1"


def test_flags_are_counted():
    assert _look(_page(record(1, cpf="52998224724"))).flags == {"document_invalid": 1}


@pytest.mark.parametrize("body", [b"", b"nonsense", b"{}", b'{"items": 5}'])
def test_what_is_no_page_is_told(body: bytes):
    with pytest.raises(MasterProblem, match="loja: the master's answer is not a page"):
        _look(body)


def test_a_master_s_own_error_is_told():
    with pytest.raises(MasterProblem, match="loja: the master answered its error 7"):
        _look(b'{"code": 7}', errors={"code": "code"})


def test_records_that_are_no_customers_are_left_unread():
    where = {"records": {"where": {"path": "name", "in": ["Cliente 2"]}}}

    assert _look(_page(record(1), record(2)), stream=where).received == 1


def test_a_lookup_needs_no_network():
    states = {"path": "/states", "records": "data.rows", "key": "id", "value": "name"}
    look = _look(
        _page(record(1, category="7")),
        lookups={"states": states},
        map={"category": "category | lookup states"},
    )

    assert look.filled["category"] == 1


DETAIL = {"detail": {"path": "/customers/{id}", "record": "customer"}}


def test_details_are_laid_beside_the_records_in_their_order():
    details = [encode({"customer": record(n, notes="Nota longa")}) for n in (1, 2)]

    look = _look(_page(record(1), record(2)), *details, stream=DETAIL)

    assert look.filled["notes"] == 2
    assert _look(_page(record(1)), stream=DETAIL).filled["notes"] == 0
    with pytest.raises(MasterProblem, match="fewer saved details"):
        _look(_page(record(1), record(2)), details[0], stream=DETAIL)


def test_no_more_records_are_looked_at_than_a_master_should_be_asked_for():
    many = MOST_DETAILS + 1
    details = [encode({"customer": record(n)}) for n in range(many)]

    look = _look(_page(*map(record, range(many))), *details, stream=DETAIL)

    assert (look.received, look.looked) == (many, MOST_DETAILS)


def test_a_page_of_sell():
    contact = {
        "id": 1,
        "updated_at": "2024-01-02T03:04:05Z",
        "is_organization": False,
        "name": "Maria Souza",
        "email": "maria@exemplo.com.br",
    }
    body = encode({"items": [{"data": contact, "meta": {"type": "contact"}}], "meta": {}})

    look = _look(body, name="sell")

    assert (look.received, look.filled["emails"], look.refused) == (1, 1, {})
    assert look.examples()["name"] == "M**** S****"


def test_an_empty_page_is_no_mistake():
    assert _look(_page()).received == 0
