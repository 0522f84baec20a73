"""What a till sees beyond who it is: what is owed, what somebody is called, a birthday."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest

from mirror.ledger import guard
from mirror.standing.rules import AXES
from mirror.store.engine import Database
from tests.fakes.clientele import COMPANY, DEUZENIR
from tests.fakes.dealings import payment
from tests.web.active_shop import opener
from tests.web.terminals.test_lookup import look, over
from web.terminals import devices
from web.terminals.lookup import birthday

MONDAY, SUNDAY = date(2026, 11, 30), date(2026, 12, 6)


@pytest.fixture
def card(mirror_with: Callable[..., Database], ledger: Database) -> Callable[..., dict[str, Any]]:
    """The card of Deuzenir, who did this."""

    def asked(*did: Any, **other: Any) -> dict[str, Any]:
        shop = opener(mirror_with, ledger)(msgspec.structs.replace(DEUZENIR, **other), did=did)
        token = devices.add(ledger, "caixa 1", "Centro")
        headers = {"Authorization": f"Bearer {token}"}
        body = {"code": DEUZENIR.external_id}
        answer = shop.app.test_client().post("/api/v1/lookup", json=body, headers=headers)
        (found,) = answer.json["customers"]  # type: ignore[index]
        return found

    return asked


def test_what_is_overdue_is_told_each_currency_by_itself(card: Callable[..., Any]) -> None:
    found = card(
        payment("1", amount=10_000, due_on=date(2026, 9, 20)),
        payment("2", amount=2_500, due_on=date(2026, 8, 3), state="overdue"),
        payment("3", amount=700, due_on=date(2026, 8, 4), currency="USD"),
        payment("4", amount=99_900, due_on=date(2199, 1, 1)),
        payment("5", amount=99_900, due_on=date(2026, 8, 3), state="paid"),
        payment("6", amount=99_900, due_on=date(2026, 8, 3), customer=COMPANY.external_id),
    )
    assert found["overdue"] == [
        {"currency": "BRL", "charges": 2, "amount": 12_500, "since": "2026-08-03"},
        {"currency": "USD", "charges": 1, "amount": 700, "since": "2026-08-04"},
    ]


def test_standings_are_those_of_the_rules_in_force(card: Callable[..., Any]) -> None:
    called = card(payment("1", state="paid"))["standings"]
    assert {"axis": "ploomes", "value": "active"} in called
    assert [one["axis"] for one in called] == [axis for axis in AXES if axis != "omni"]


def test_the_seller_is_told_and_a_number_in_the_name_is_hidden(card: Callable[..., Any]) -> None:
    told = card(seller="Rosa 529.982.247-25")["seller"]
    assert told.startswith("Rosa")
    assert "529.982.247-25" not in told


@pytest.mark.parametrize(
    ("born", "today", "told"),
    [
        (date(1967, 12, 1), MONDAY, "week"),
        (date(1967, 12, 1), SUNDAY, "week"),
        (date(1967, 12, 7), SUNDAY, "month"),
        (date(1967, 11, 2), MONDAY, "month"),
        (date(1967, 12, 7), MONDAY, None),
        (date(1968, 2, 29), date(2026, 2, 28), "month"),
        (date(1968, 2, 29), date(2028, 2, 28), "week"),
        (None, MONDAY, None),
    ],
)
def test_a_birthday_is_a_week_or_a_month_and_never_a_day(
    born: date | None, today: date, told: str | None
) -> None:
    assert birthday(msgspec.structs.replace(DEUZENIR, birth_date=born), today) == told


def test_a_company_has_no_birthday() -> None:
    assert birthday(msgspec.structs.replace(COMPANY, birth_date=date(1999, 12, 1)), MONDAY) is None


def test_every_day_of_a_week_tells_the_same_of_it() -> None:
    days = [MONDAY] + [date(2026, 12, n) for n in range(1, 7)]
    born = msgspec.structs.replace(DEUZENIR, birth_date=date(1967, 12, 3))
    assert {birthday(born, day) for day in days} == {"week"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"Limite": "1500"}, 150_000),
        ({"Limite de crédito": "2500.5"}, 250_050),
        ({"Limite": "a combinar"}, None),
        ({"Limite de idade": "18"}, None),
        ({}, None),
    ],
)
def test_the_limit_is_what_the_master_says(
    card: Callable[..., Any], said: dict[str, str], told: int | None
) -> None:
    assert card(extras=said)["limit"] == told


def test_of_who_is_found_by_a_code_alone_little_is_told_from_the_eleventh_on(
    mirror_with: Callable[..., Database], ledger: Database
) -> None:
    """Codes can be counted up: they tell initials and what a till goes by, and no more."""
    many = [msgspec.structs.replace(DEUZENIR, external_id=f"K-{n * 37}") for n in range(12)]
    client = over(mirror_with(*many), ledger)
    token = devices.add(ledger, "caixa 1", "Centro")

    told = [look(client, token, code=one.external_id).json["customers"][0] for one in many]

    full, little = told[guard.FULL_CARDS - 1], told[guard.FULL_CARDS]
    assert not full["brief"]
    assert full["document"]
    assert full["phones"]
    assert little["brief"]
    assert little["name"] == "DF"
    said = {key for key, value in little.items() if value not in (None, [], ())}
    assert said <= {"id", "source", "code", "kind", "name", "registration", "category", "points",
                    "tier", "standings", "brief"}  # fmt: skip
    assert little["points"] == full["points"]
