"""Zendesk Sell: a deal makes a potential customer, a win a customer, of the primary contact and of
the company both; what Sell says itself is shown, and where it cannot be, told.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.sources.sell import SellSource
from tests.fakes.sell import Sell, contact, deal
from tests.fakes.sell_source import source
from tests.fakes.sell_story import Told, items, telling
from tests.fakes.shuffling import Play, rounds, same_for_all
from tests.fakes.stage import Stage, table
from tests.fakes.story_clock import Clock

pytestmark = pytest.mark.engines

SILENT = {"prospect_status": None, "customer_status": None}
"""Sell says nothing of these itself: what their deals make of them is seen."""
NO_PROSPECT, PROSPECT, LOST = (
    "Não é cliente potencial",
    "Cliente potencial atual",
    "Cliente potencial perdido",
)
NO_CUSTOMER, CUSTOMER, PAST = "Não é cliente", "Cliente atual", "Cliente passado"
OPEN, WON, GONE, UNQUALIFIED = 12, 13, 14, 15
PROSPECTS, CUSTOMERS = 1, 2
"""The places of the two bars above a list."""


@pytest.fixture
def sell() -> Iterator[Sell]:
    with Sell(size=100).running() as account:
        yield account


@pytest.fixture
def made(sell: Sell, clock: Clock) -> SellSource:
    clock.at = datetime(2026, 2, 10, 15, tzinfo=UTC)
    return source(sell, mode="sync")


def both(stage: Stage, number: int) -> tuple[str, str]:
    """What a customer's page says of the two axes, without who says so."""
    said = stage.standing(number)
    cut = [said[axis] for axis in ("Cliente potencial", "Cliente")]
    return tuple(one.split(" pelas")[0].split(" recebida")[0] for one in cut)  # type: ignore[return-value]


def counted(stage: Stage, kind: str = "todos") -> tuple[dict[str, int], dict[str, int]]:
    """Both bars, without what nobody is."""
    bars = [stage.bar(place, f"/clientes?tipo={kind}") for place in (PROSPECTS, CUSTOMERS)]
    return tuple({label: n for label, n in bar.items() if n} for bar in bars)  # type: ignore[return-value]


def test_what_happens_to_an_employee_happens_to_the_company_too(
    stage: Stage, sell: Sell, made: SellSource
) -> None:
    sell.put(contact(9, is_organization=True, name="Padaria Pão Quente", **SILENT))
    sell.put(contact(1, contact_id=9, name="Ana Lima", **SILENT))
    stage.sync(made)
    assert both(stage, 1) == both(stage, 9) == (NO_PROSPECT, NO_CUSTOMER)

    sell.put_deals(deal(1, contact_id=1, stage_id=OPEN))
    stage.sync(made)
    assert both(stage, 1) == both(stage, 9) == (PROSPECT, NO_CUSTOMER)
    assert counted(stage) == ({"Atual": 2}, {"Não é": 2})
    assert stage.listed("/clientes?tipo=PJ&cliente-potencial=atual") == ["Padaria Pão Quente"]

    sell.put_deals(deal(1, contact_id=1, stage_id=WON))
    stage.sync(made)
    assert both(stage, 1) == both(stage, 9) == (NO_PROSPECT, CUSTOMER)
    assert counted(stage) == ({"Não é": 2}, {"Atual": 2})
    prospect, customer = stage.story(9)
    assert [value for _, value, _ in prospect] == [NO_PROSPECT, PROSPECT, NO_PROSPECT]
    assert customer[0] == (
        "20/01/2026",
        CUSTOMER,
        "Oportunidade “Negócio 1” conquistada: cliente desde então (contato principal: Ana Lima ).",
    )
    assert stage.rows(9, "negocios")[0][-1] == "Ana Lima"
    stage.check()


def test_nothing_passes_from_a_company_to_its_people_nor_to_who_works_elsewhere(
    stage: Stage, sell: Sell, made: SellSource
) -> None:
    sell.put(contact(9, is_organization=True, **SILENT), contact(8, is_organization=True, **SILENT))
    sell.put(contact(1, contact_id=9, **SILENT), contact(2, contact_id=8, **SILENT))
    sell.put_deals(deal(1, contact_id=9, stage_id=WON), deal(2, contact_id=2, stage_id=OPEN))
    stage.sync(made)
    assert [both(stage, number) for number in (9, 1, 8, 2)] == [
        (NO_PROSPECT, CUSTOMER),
        (NO_PROSPECT, NO_CUSTOMER),
        (PROSPECT, NO_CUSTOMER),
        (PROSPECT, NO_CUSTOMER),
    ]

    sell.put(contact(2, contact_id=9, **SILENT))  # changes jobs, and takes the deal along
    stage.sync(made)
    assert both(stage, 8) == (NO_PROSPECT, NO_CUSTOMER)
    assert both(stage, 9) == (PROSPECT, CUSTOMER)
    stage.check()


def test_lost_until_a_new_deal_comes_and_nothing_once_there_is_none(
    stage: Stage, sell: Sell, made: SellSource
) -> None:
    sell.put(contact(1, **SILENT), contact(2, **SILENT))

    def after(*deals: dict[str, Any]) -> tuple[str, str]:
        sell.put_deals(*deals)
        stage.sync(made)
        stage.check()
        return both(stage, 1)

    assert after(deal(1), deal(2, contact_id=1)) == (PROSPECT, NO_CUSTOMER)
    assert after(deal(1, stage_id=UNQUALIFIED)) == (PROSPECT, NO_CUSTOMER)  # one is open still
    assert after(deal(2, contact_id=1, stage_id=GONE)) == (LOST, NO_CUSTOMER)
    assert counted(stage)[0] == {"Não é": 1, "Perdido": 1}
    assert after(deal(3, contact_id=1, added_at="2026-02-01T10:00:00Z")) == (PROSPECT, NO_CUSTOMER)

    assert after(deal(3, contact_id=2)) == (LOST, NO_CUSTOMER)  # taken off the deal
    assert both(stage, 2) == (PROSPECT, NO_CUSTOMER)
    sell.delete_deals(3)
    assert after() == (LOST, NO_CUSTOMER)
    assert both(stage, 2) == (NO_PROSPECT, NO_CUSTOMER)
    sell.delete_deals(1, 2)
    assert after() == (NO_PROSPECT, NO_CUSTOMER)
    assert "Nenhum negócio" not in stage.of(2)  # nobody has any: there is no such tab


def test_who_ever_won_is_never_lost_and_past_is_a_person_s_word(
    stage: Stage, sell: Sell, made: SellSource
) -> None:
    sell.put(contact(1, **SILENT))
    sell.put_deals(deal(1, stage_id=WON))
    sell.put_deals(deal(2, contact_id=1, stage_id=GONE, added_at="2026-01-21T10:00:00Z",
                        last_stage_change_at="2026-01-25T10:00:00Z"))  # fmt: skip
    stage.sync(made)
    assert both(stage, 1) == (NO_PROSPECT, CUSTOMER)
    assert "não volta a cliente potencial perdido" in stage.of(1, "relacionamento")

    sell.put(contact(1, prospect_status="none", customer_status="past"))
    stage.sync(made)
    assert both(stage, 1) == (NO_PROSPECT, PAST)
    assert stage.standing(1)["Cliente"] == (
        "Cliente passado recebida do sistema de origem Pelas regras da loja seria Cliente atual."
    )
    assert counted(stage) == ({"Não é": 1}, {"Passado": 1})

    sell.put_deals(deal(3, contact_id=1, added_at="2026-02-01T10:00:00Z"))
    sell.put(contact(1, prospect_status="current", customer_status="past"))
    stage.sync(made)
    assert both(stage, 1) == (PROSPECT, PAST)  # the two axes move apart
    assert "seria" not in stage.standing(1)["Cliente potencial"]
    stage.check()


def test_what_sell_itself_would_refuse_is_shown_as_it_came_and_reported(
    stage: Stage, sell: Sell, made: SellSource
) -> None:
    sell.put(
        contact(1, name="Perdida e cliente", prospect_status="lost", customer_status="current"),
        contact(2, name="Aberta e nada", prospect_status="none", customer_status="none"),
        contact(3, name="Aberta e perdida", prospect_status="lost", customer_status="none"),
        contact(4, name="Em ordem", prospect_status="current", customer_status="none"),
    )
    sell.put_deals(deal(1, stage_id=WON), deal(2), deal(3), deal(4))
    stage.sync(made)

    assert [both(stage, number)[0] for number in range(1, 5)] == [
        LOST,
        NO_PROSPECT,
        LOST,
        PROSPECT,
    ]
    told = table(stage.html("/divergencias?regras=cliente-potencial"))
    assert [(row[0].split(" ID")[0][3:], *row[1:3]) for row in told] == [
        ("Aberta e perdida", LOST, PROSPECT),
        ("Aberta e nada", NO_PROSPECT, PROSPECT),
        ("Perdida e cliente", LOST, NO_PROSPECT),
    ]
    stage.sync(made, full=True)
    assert both(stage, 1) == (LOST, CUSTOMER)  # nothing was repaired
    stage.check()


CHANGED = {1: "2026-02-01T10:00:00Z", 2: "2026-02-02T10:00:00Z"}
"""By revision."""


def story(base: int) -> list[Told]:
    """An employee who gets a company, two deals, one of them won, one deleted, and a third lost."""
    person = {"name": "Ana Lima", "email": None, **SILENT}
    company = {"name": "Padaria", "email": None, "is_organization": True, **SILENT}
    first, second, third = (
        {"contact_id": base, "name": f"Negócio {which}", "added_at": f"2026-01-1{which}T10:00:00Z"}
        for which in range(3)
    )
    lost = {"stage_id": GONE, "last_stage_change_at": "2026-01-19T10:00:00Z"}
    told = [
        (contact(base, **person), 1),
        (deal(base + 2, **first), 1),
        (contact(base + 1, **company), 1),
        (contact(base, contact_id=base + 1, **person), 2),
        (deal(base + 2, **first, stage_id=WON), 2),
        (deal(base + 3, **second), 1),
        (deal(base + 4, **third | lost), 1),
    ]
    here: list[Told] = [
        (
            "deal" if "stage_id" in one else "contact",
            one | {"updated_at": CHANGED[revision]},
            revision,
            False,
        )
        for one, revision in told
    ]
    return [*here, ("deal", {"id": base + 3}, 2, True)]


def test_in_whatever_order_the_queue_brings_it_it_ends_the_same(
    stage: Stage, sell: Sell, made: SellSource
) -> None:
    queue = telling(sell)
    # Once acknowledged, what is deleted comes in no later session.
    play = Play(story, fits=lambda order: order.index(5) < order.index(7))
    for told in rounds(play):
        queue.handed = items(told)
        stage.sync(made)

    stage.check()
    number = len(play.bases)
    assert counted(stage) == ({"Não é": 2 * number}, {"Atual": 2 * number})
    tabs = ("", "relacionamento", "negocios")
    employee, company = same_for_all(stage, play, who=(0, 1), tabs=tabs)
    for summary, history, _ in (employee, company):
        assert "Cliente atual pelas regras da loja, desde 20/01/2026" in summary
        assert history.count("associada") == 1
        assert history.count("conquistada") >= 2
    assert company[1].count("(contato principal: Ana Lima") == employee[1].count("Oportunidade “")
    assert employee[2].count("Negócio 1") == company[2].count("Negócio 1") == 0
