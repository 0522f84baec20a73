"""Whom each may meet in a day, and by which misses a guesser is told apart."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from mirror.identifiers import Query, Reading, classify
from mirror.ledger import acts, alarms, guard, journal, trace
from mirror.ledger.alarms import Alarm
from mirror.ledger.guard import Locked, Traces, Who
from mirror.ledger.journal import BudgetSpent, Entry, Limit, operator
from mirror.masking import mask_document
from mirror.records import Customer, Document
from mirror.store.engine import Database
from mirror.store.sealing import Found, Keyring
from tests.fakes.engines import open_ledger
from web.settings import Caps

pytestmark = pytest.mark.engines

TILL = Who("device", "caixa-1", guard.TERMINAL)
ANA = Who("staff", "ana", "attendant")
DAY_S = 86_400
FEW = Caps(customers_per_day=3, listed_per_day=4, terminal_customers_per_day=3)
MANY = Caps(terminal_customers_per_day=10_000, customers_per_day=10_000)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def set_to(seconds: int) -> None:
        for room in (acts, alarms):
            monkeypatch.setattr(room, "now_us", lambda: seconds * 1_000_000)

    return set_to


def somebody(number: int) -> Found:
    return Found(
        number,
        "loja",
        f"C-{number}",
        1,
        0,
        None,
        None,
        Customer(external_id=f"C-{number}", version=1),
    )


def cpf(value: int | str) -> Query:
    return Query((Reading("cpf", f"{value:0>11}", ""),), None)


def spread(number: int) -> Query:
    """Terms of which no two have the same mask."""
    return cpf(f"0{number:06}0000"[:11])


def record(ledger: Database, who: Who, act: Traces, caps: Caps = MANY) -> None:
    entry = Entry(who.kind, who.name, "lookup")
    journal.record(ledger, entry, weigh=guard.weighing(who, act, caps))


def ask(ledger: Database, who: Who, query: Query, *found: Found, caps: Caps = MANY) -> bool:
    """Whether it was answered."""
    try:
        record(ledger, who, guard.asked(ledger.keys, query, found), caps)
    except (BudgetSpent, Locked):
        return False
    return True


def misses(ledger: Database, who: Who, many: int, first: int = 0) -> int:
    return sum(ask(ledger, who, spread(first + number)) for number in range(many))


def hit(ledger: Database, who: Who, number: int, caps: Caps = MANY) -> bool:
    return ask(ledger, who, cpf(f"9{number:06}0000"), somebody(number), caps=caps)


def locked(ledger: Database) -> list[tuple[str, str]]:
    return [(one.name, one.rule) for one in alarms.alarms(ledger) if one.locked]


def test_nobody_meets_more_different_customers_in_a_day_than_allowed(ledger, clock):
    clock(1_000)
    assert [hit(ledger, ANA, number, FEW) for number in range(5)] == [True] * 3 + [False] * 2
    assert hit(ledger, ANA, 1, FEW), "who was met is met again"
    assert hit(ledger, ANA._replace(name="rui"), 9, FEW)
    clock(1_000 + DAY_S)
    assert hit(ledger, ANA, 4, FEW)


def test_a_day_slides_and_says_when_it_gives_again(ledger, clock):
    for number in range(3):
        clock(1_000 + 100 * number)
        hit(ledger, ANA, number, FEW)
    with pytest.raises(BudgetSpent) as spent:
        record(ledger, ANA, guard.shown(ledger.keys, [("loja", "C-9")]), FEW)
    assert spent.value.retry_after_s == DAY_S - 200


def test_a_lookup_a_page_and_a_reveal_of_one_customer_are_one(ledger):
    hit(ledger, ANA, 1, FEW)
    for _ in range(9):
        record(ledger, ANA, guard.shown(ledger.keys, [("loja", "C-1")]), FEW)
    assert hit(ledger, ANA, 2, FEW)


def test_a_list_has_a_day_of_its_own(ledger):
    page = guard.shown(ledger.keys, [("loja", f"C-{one}") for one in range(4)], "listed")
    record(ledger, ANA, page, FEW)
    record(ledger, ANA, page, FEW)  # the same page again
    with pytest.raises(BudgetSpent):
        record(ledger, ANA, guard.shown(ledger.keys, [("loja", "C-9")], "listed"), FEW)
    assert hit(ledger, ANA, 9, FEW)


def test_at_the_end_of_a_day_a_refusal_tells_nobody_whether_somebody_is_there(ledger):
    for number in range(3):
        hit(ledger, TILL, number, FEW)
    assert not hit(ledger, TILL, 7, FEW)
    assert not ask(ledger, TILL, spread(7), caps=FEW), "a miss is refused as a hit is"
    assert not ask(ledger, TILL, spread(8), somebody(1), caps=FEW), "nor does it tell of the known"


def test_a_miss_costs_ten_hits(ledger):
    caps = Caps(terminal_customers_per_day=20)  # a hundred points
    answered = 0
    for number in range(12):
        hit(ledger, TILL, number, caps)
        answered += ask(ledger, TILL, spread(100 + number), caps=caps)
    assert answered == 9
    assert not locked(ledger)


def test_codes_and_ends_of_telephones_have_a_smaller_day(ledger):
    caps = Caps(terminal_codes_per_day=2)
    by_code = [Query((Reading("code", str(number), ""),), None) for number in range(4)]
    answered = [ask(ledger, TILL, one, somebody(i), caps=caps) for i, one in enumerate(by_code)]
    assert answered == [True, True, False, False]
    assert hit(ledger, TILL, 7, caps)


def by_code(number: int, before: str = "") -> Query:
    return Query((Reading("code", f"{before}{number}", ""),), None)


@pytest.mark.parametrize(
    "codes",
    [
        range(500, 600),
        range(600, 500, -1),
        range(500, 800, 3),
        [500 + step * (-1) ** step for step in range(100)],
    ],
    ids=["up", "down", "by threes", "to both sides"],
)
@pytest.mark.parametrize("before", ["", "C-"])
def test_codes_counted_up_are_told_from_a_day_s_work(ledger, codes, before):
    tried = [by_code(one, before) for one in codes]
    answered = [ask(ledger, TILL, one, somebody(i)) for i, one in enumerate(tried)]
    assert 10 <= sum(answered) <= 13
    assert locked(ledger) == [("caixa-1", "counted_up")]


def test_codes_of_customers_made_today_are_few_among_the_others(ledger):
    caps = Caps(terminal_codes_per_day=1_000)
    for number in range(60):
        assert ask(ledger, TILL, by_code(number * 50), somebody(number), caps=caps)
        if number % 4 == 3:
            assert ask(ledger, TILL, by_code(9_000 + number // 4), somebody(number), caps=caps)
    assert not locked(ledger)


def test_the_same_code_again_is_not_counted_up_and_days_are_not_one(ledger, clock):
    clock(10**9)
    for number in (7, 7, 8, 7, 8, 7, 8, 8, 7, 8, 7, 8):
        assert ask(ledger, TILL, by_code(number), somebody(number))
    for number in range(8, 30):
        clock(10**9 + number * 25 * 3_600)
        assert ask(ledger, TILL, by_code(number), somebody(number))
    assert not locked(ledger)


def test_twenty_six_misses_in_a_row_lock_from_the_next_question_on(ledger):
    assert misses(ledger, TILL, 40) == 26
    assert not hit(ledger, TILL, 1)
    assert locked(ledger) == [("caixa-1", "misses")]


def test_the_same_miss_again_is_no_second_one(ledger):
    assert all(ask(ledger, TILL, spread(1)) for _ in range(50))
    assert not locked(ledger)


def test_the_same_customer_again_is_no_proof_of_honesty(ledger):
    answered = 0
    for number in range(40):
        answered += ask(ledger, TILL, spread(number))
        hit(ledger, TILL, 1)
    assert answered <= 27


def test_wrong_check_digits_and_names_are_no_guesses(ledger):
    wrong = [Query((Reading("cpf", f"{n:011}", ""),), "cpf_check_digits") for n in range(40)]
    names = [Query((Reading("name", f"maria {n}", ""),), None) for n in range(40)]
    assert all(ask(ledger, TILL, one) for one in wrong + names)
    assert not locked(ledger)


def test_a_mask_is_not_filled_in_however_many_ask(ledger):
    """``***.456.789-**``: a thousand numbers, and six tries for all who ask together."""
    tries = [f"{number:03}456789{number % 100:02}" for number in range(200)]
    tills = [TILL._replace(name=f"caixa-{number}") for number in range(10)]
    for number, one in enumerate(tries):
        who = tills[number % 10]
        hit(ledger, who, number)  # with customers that they know between them
        ask(ledger, who, cpf(one))
    with ledger.reading() as connection:
        tried = connection.scalars(select(trace.c.mark).where(trace.c.kind == "form")).all()
    assert len(tried) <= guard.FORMS["cpf"] + len(tills)
    assert {rule for _, rule in locked(ledger)} == {"mask"}
    assert len(locked(ledger)) == len(tills)


def test_an_alarm_is_a_row_behind_the_lookup_and_a_line_without_a_name(ledger, caplog):
    misses(ledger, TILL, 30)
    refused = journal.entries(ledger)[0]
    assert (refused.outcome, refused.action) == (journal.LIMITED, "lookup")
    alarm, lookup = sorted(journal.entries(ledger)[1:3], key=lambda one: one.action)
    assert (alarm.actor, alarm.action, alarm.detail) == ("caixa-1", "alarm", "limit=misses")
    assert lookup.action == "lookup"
    (line,) = [one for one in caplog.messages if "ALARM" in one]
    assert "espelho alarms" in line
    assert "caixa-1" not in line


def test_a_release_is_on_record_and_begins_anew(ledger):
    misses(ledger, TILL, 30)
    alarms.release(ledger, "device", "caixa-1", "mail do gerente")

    assert not locked(ledger)
    (row, *_) = journal.entries(ledger)
    assert (row.actor, row.action, row.about) == (operator().name, "release", "caixa-1")
    assert misses(ledger, TILL, 10, first=500) == 10
    with pytest.raises(alarms.NotLocked):
        alarms.release(ledger, "device", "caixa-1")


def test_a_lock_outlives_the_day_and_the_program(ledger, data_dir: Path, keys: Keyring, clock):
    clock(1_000)
    misses(ledger, TILL, 30)
    clock(1_000 + 9 * DAY_S)
    again = open_ledger(data_dir, keys)
    assert not hit(again, TILL, 1)
    again.close()


def test_alarms_tell_who_reached_what_and_when(ledger, clock):
    clock(1_000)
    misses(ledger, TILL, 30)
    clock(2_000)
    for number in range(4):
        hit(ledger, ANA, number, FEW)
    assert alarms.alarms(ledger) == [
        Alarm("staff", "ana", "customers", 2_000_000_000, False),
        Alarm("device", "caixa-1", "misses", 1_000_000_000, True),
    ]


def test_many_doors_at_once_meet_exactly_as_many_as_allowed(ledger, data_dir: Path, keys: Keyring):
    doors = [open_ledger(data_dir, keys) for _ in range(4)]
    caps = Caps(customers_per_day=10)
    with ThreadPoolExecutor(8) as pool:
        answered = sum(pool.map(lambda n: hit(doors[n % 4], ANA, n, caps), range(40)))
    assert answered == 10
    for one in doors:
        one.close()


def test_traces_hold_marks_and_are_forgotten_after_a_day(ledger, clock):
    clock(1_000)
    ask(ledger, TILL, cpf("52998224725"), somebody(1))
    ask(ledger, TILL, cpf("11144477735"))

    def rows() -> list[tuple[str, ...]]:
        with ledger.reading() as connection:
            return [tuple(map(str, one)) for one in connection.execute(select(trace))]

    assert len(rows()) == 4
    assert not any("52998224725" in "".join(one) or "C-1" in one for one in rows())
    clock(1_001 + DAY_S)
    hit(ledger, TILL, 5)
    assert len(rows()) == 2


def test_a_role_that_nobody_gave_figures_may_nothing(ledger):
    assert not hit(ledger, ANA._replace(role="owner"), 1)


@pytest.mark.parametrize(
    ("role", "most"), [("attendant", 60), ("supervisor", 300), ("administrator", 60), ("owner", 0)]
)
def test_what_reveals_shares_one_hourly_budget(role, most):
    for action in ("reveal", "copy", "whatsapp", "boleto"):
        found = guard.hourly(ANA._replace(role=role), action, Caps())
        assert found == Limit(("reveal", "copy", "whatsapp", "boleto"), most, 3600)


def test_a_shop_sets_its_own_figures():
    caps = Caps(reveals_per_hour=10, lookups_per_minute=7)
    boss = ANA._replace(role="supervisor")
    assert guard.hourly(boss, "copy", caps) == Limit(guard.REVEALING, 50, 3600)
    assert guard.hourly(boss, "search", caps) == Limit(("search",), 200, 3600)
    assert guard.hourly(boss, "asked_origin", caps) == Limit(("asked_origin",), 50, 3600)
    assert guard.hourly(TILL, "lookup", caps) == Limit(("lookup",), 7, 60)
    assert guard.hourly(ANA, "browse", caps) is None


def test_what_has_the_same_mask_has_the_same_form_and_only_that(keys: Keyring):
    alike = [("cpf", "52998224725"), ("cpf", "11198224700"), ("cpf", "52998224625")]
    alike += [("cnpj", "11222333000181"), ("cnpj", "99222333000272"), ("cnpj", "11222334000181")]

    def form(kind: str, value: str) -> str:
        return guard.asked(keys, Query((Reading(kind, value, ""),), None), []).forms[0][1]

    for one in alike:
        for other in alike:
            masks = [mask_document(Document(*document)) for document in (one, other)]
            assert (form(*one) == form(*other)) == (masks[0] == masks[1])


def test_an_end_of_a_telephone_has_the_form_of_the_whole(keys: Keyring):
    whole, end = Reading("phone", "+5511987654321", ""), Reading("phone_tail", "87654321", "")
    forms = [guard.asked(keys, Query((one,), None), []).forms[0][1] for one in (whole, end)]
    assert len(set(forms)) == 1


def test_a_phone_that_would_be_a_wrong_cpf_is_a_guess(keys: Keyring):
    query = classify("11987654321")
    assert query.problem == "cpf_check_digits"
    assert guard.asked(keys, query, []).left[0][0] == "missed"


def told_in_full(ledger: Database, who: Who, number: int) -> bool:
    act = guard.asked(ledger.keys, by_code(number * 37, "9-"), [somebody(number)])
    record(ledger, who, act)
    return not guard.in_brief(ledger, who, act)


def test_ten_a_day_are_told_in_full_by_a_code_alone(ledger, clock):
    clock(0)
    day = [told_in_full(ledger, TILL, number) for number in range(12)]
    assert day == [True] * guard.FULL_CARDS + [False] * 2

    clock(DAY_S - 1)  # whom it knows, it is told of as before; others still in brief
    assert [told_in_full(ledger, TILL, one) for one in (0, 9, 10, 12)] == [True, True, False, False]

    clock(DAY_S + 1)  # ten more, whoever they are: never those of yesterday beside others
    assert sum(told_in_full(ledger, TILL, number) for number in range(40)) == guard.FULL_CARDS


def test_who_brings_a_document_is_told_in_full_however_many_there_are(ledger):
    for number in range(guard.FULL_CARDS + 5):
        told_in_full(ledger, TILL, number)
    act = guard.asked(ledger.keys, cpf(98765432100), [somebody(99)])
    record(ledger, TILL, act)
    assert not guard.in_brief(ledger, TILL, act)
