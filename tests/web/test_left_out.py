"""What was left out of a customer's fields stands in clear nowhere, wherever a text repeats it."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mirror.masking import STYLES, masked_customer, numbers_in
from mirror.reading.listing import export
from mirror.records import Customer
from mirror.store.engine import Database
from tests.fakes.shopfront import open_shop
from tests.fakes.translation import translator
from tests.web.test_nothing_in_clear import ROOMY, TABS, leaked
from web.terminals import devices

MAP = translator(
    documents=["cpf"], phones=["phone"], emails=["email"], state_registration=["rg"],
    notes="notes", extras={"Obs": "extra"}, contacts={"at": "people", "parts": {
        "name": "name", "phone": "phone", "email": "email"}},
)  # fmt: skip

WAYS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "a foreign one": ("phone", lambda n: f"+1 {n[:3]} {n[3:6]} {n[6:]}"),
    "one abroad as dialled": ("phone", lambda n: f"001{n}"),
    "a digit short": ("phone", lambda n: f"({n[:2]}) {n[2:6]}-{n[6:9]}"),
    "of no area": ("phone", lambda n: f"(00) {n}"),
    "words around": ("phone", lambda n: f"Maria {n} recado"),
    "a document among phones": ("phone", lambda n: f"CPF {n}-00, 11 98888-7777"),
    "an object": ("phone", lambda n: {"a": {"b": n}}),
    "true beside": ("phone", lambda n: [True, f"x{n}x"]),
    "too many": ("phone", lambda n: [*["11 98888-7777"] * 20, n]),
    "too long": ("phone", lambda n: f"{n}{n}"[:19]),
    "a wrong cpf": ("cpf", lambda n: n),
    "a cpf as an object": ("cpf", lambda n: {"numero": n, "x": [n]}),
    "two cpfs in a text": ("cpf", lambda n: f"CPF {n}1 e {n}"),
    "a passport": ("cpf", lambda n: f"FN{n[:6]}"),
    "a cnpj typed wrong": ("cpf", lambda n: f"{n[:2]}.ABC.{n[2:5]}/01DE-{n[5:7]}"),
    "a text as long as a note": ("cpf", lambda n: f"{'documento ' * 30}{n}"),
    "no e-mail": ("email", lambda n: f"fone {n}"),
    "an e-mail of odd letters": ("email", lambda n: f"ana(b)@{n}.exemplo"),
    "an e-mail set apart": ("email", lambda n: f"ana{n} @exemplo.com"),
    "a contact's": ("people", lambda n: [{"name": "Bia", "phone": f"ramal {n}"}]),
    "an rg": ("rg", lambda n: n[:7]),
}  # fmt: skip
"""How a number comes into a field where it cannot be read, or not as the number it is."""


def spellings(said: Any, number: str) -> list[str]:
    """The number as somebody repeats it, and what was said word for word."""
    whole = [said] if isinstance(said, str) and len(said) < 60 else []
    apart = [f"{number[:3]} {number[3:6]}-{number[6:]}", f"+55{number}"]
    return [*whole, number, *(apart if number.isdigit() else ())]


def customer(way: str, number: str) -> tuple[Customer, set[str]]:
    """A customer as read, whose texts repeat what stood in a field, and what may not be seen."""
    field, write = WAYS[way]
    said = write(number)
    hidden = {"an rg": number[:7], "a passport": f"FN{number[:6]}"}.get(way, number)
    if way == "a digit short":
        hidden = number[:9]
    if way == "too long":
        hidden = said
    if way == "a cnpj typed wrong":
        hidden = "".join(filter(str.isalnum, said))
    note = "; ".join(f"falar com {one} hoje" for one in spellings(said, hidden))
    record = {"id": 7, "person_type": "PF", "status": "active", "name": f"Ana Souza {hidden}",
              "notes": note, "extra": hidden, field: said}  # fmt: skip
    found = MAP(record, "7", 1, datetime(2026, 11, 22, tzinfo=UTC))
    return found, {hidden, *(one for one in spellings(said, hidden) if any(map(str.isdigit, one)))}


_numbers = st.from_regex(r"[1-9]{2}[2-9][0-9]{7}", fullmatch=True).filter(lambda n: len({*n}) > 3)
_bounded = settings(max_examples=int(os.environ.get("ESPELHO_EXAMPLES", "300")), deadline=None)


@_bounded
@given(way=st.sampled_from(sorted(WAYS)), number=_numbers)
@example(way="a wrong cpf", number="1234567890")
@example(way="a foreign one", number="2025550123")
def test_no_value_read_or_left_out_is_in_what_is_masked(way: str, number: str) -> None:
    found, values = customer(way, number)
    for style in STYLES:
        told = json.dumps(masked_customer(found, style), ensure_ascii=False)
        assert leaked(told, values) == [], told


@pytest.mark.parametrize("way", WAYS)
def test_none_of_them_is_on_a_page_a_list_a_terminal_or_in_an_export(
    way: str, mirror_with: Callable[..., Database], ledger: Database
) -> None:
    found, values = customer(way, "2198765430")
    shop = open_shop(mirror_with, ledger, **ROOMY)
    shop.write(found, source="loja")
    row, client = shop.id_of(found), shop.signed_in("supervisor")
    told = [client.get(f"/clientes/{row}{tab}").text for tab in TABS]
    told.append(client.get("/clientes").text)
    told += [json.dumps(line, ensure_ascii=False) for line in export(shop.mirror)]
    token = devices.add(ledger, "Caixa 1", "Centro")
    asked = {"json": {"code": "7"}, "headers": {"Authorization": f"Bearer {token}"}}
    answer = shop.app.test_client().post("/api/v1/lookup", **asked)
    assert answer.status_code == 200
    assert "Ana Souza" in told[0]
    assert "Ana Souza" in answer.text
    for text in (*told, answer.text):
        assert leaked(text, values) == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Maria 11 98888-7777 recado", ("11 98888 7777",)),
        ("recado com Ana Paula 98888-7777 ou João 3333-444", ("98888 7777", "3333 444")),
        ("passaporte FN123456", ("FN123456",)),
        ("apto 12", ()),
        ("ligar depois das 18h", ()),
    ],
)
def test_of_what_is_left_out_numbers_are_kept_and_no_words(
    text: str, kept: tuple[str, ...]
) -> None:
    assert numbers_in([text]) == kept


def test_nothing_is_kept_of_whoever_can_be_read() -> None:
    record = {"person_type": "PF", "status": "active", "name": "Ana", "phone": "11 98888-7777"}
    assert MAP(record, "7", 1, None).left_out == ()


def test_a_row_of_before_opens_with_nothing_left_out() -> None:
    whole = msgspec.msgpack.decode(msgspec.msgpack.encode(Customer(external_id="7", version=1)))
    before = msgspec.msgpack.encode(whole[:-1])
    assert msgspec.msgpack.decode(before, type=Customer).left_out == ()
