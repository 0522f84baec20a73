"""Staff logins: what is stored, who gets in, and what guessing gets."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import select

from mirror.ledger import door, user
from mirror.store.engine import Database
from mirror.store.sqlite import open_ledger
from web.accounts import session, staff
from web.accounts.staff import PersonProblem

RIGHT = "cavalo-bateria"
WRONG = "cavalo-baterias"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff, "_hasher", PasswordHasher(1, 8, 1))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the clock of people and sessions, in seconds."""

    def at(second: int) -> None:
        monkeypatch.setattr(staff, "now_us", lambda: second * 1_000_000)
        monkeypatch.setattr(session, "now_us", lambda: second * 1_000_000)

    at(1000)
    return at


@pytest.fixture
def ana(ledger: Database) -> staff.Person:
    return staff.add(ledger, "Ana.Souza", "Ana Souza", "attendant", RIGHT)


def stored(ledger: Database) -> str:
    with ledger.reading() as connection:
        return str(connection.execute(select(user.c.password_hash)).scalar())


def fail(ledger: Database, times: int) -> None:
    for _ in range(times):
        assert staff.authenticate(ledger, "ana.souza", WRONG) is None


def enters(ledger: Database) -> bool:
    return staff.authenticate(ledger, "ana.souza", RIGHT) is not None


def test_the_right_password_lets_in_whatever_the_case_of_the_login(ledger, ana):
    assert staff.authenticate(ledger, "  ANA.souza ", RIGHT) == ana
    assert (ana.login, ana.full_name, ana.role) == ("ana.souza", "Ana Souza", "attendant")


def test_a_wrong_password_and_an_unknown_login_are_refused_alike(ledger, ana):
    assert staff.authenticate(ledger, "ana.souza", WRONG) is None
    assert staff.authenticate(ledger, "rui", RIGHT) is None
    assert staff.authenticate(ledger, "' OR 1=1 \udcff", RIGHT) is None


def test_only_a_salted_argon2id_hash_is_stored(ledger, ana):
    hashed = stored(ledger)
    assert hashed.startswith("$argon2id$")
    assert RIGHT not in hashed
    assert staff.hash_of(RIGHT) != hashed


@pytest.mark.parametrize("login", ["ana.souza", "nobody", "locked", "disabled", "not a login"])
def test_every_refusal_costs_one_password_check(ledger, ana, monkeypatch, login):
    staff.add(ledger, "locked", "L", "attendant", RIGHT)
    staff.add(ledger, "disabled", "D", "attendant", RIGHT)
    staff.disable(ledger, "disabled")
    for _ in range(staff.FREE_FAILURES):
        staff.authenticate(ledger, "locked", WRONG)
    checks: list[str] = []

    def matches(stored: str, _: str) -> bool:
        checks.append(stored)
        return False

    monkeypatch.setattr(staff, "matches", matches)

    staff.authenticate(ledger, login, WRONG)

    assert len(checks) == 1
    assert (checks[0] == staff.NOBODY) == (login != "ana.souza")


def test_nobodys_hash_costs_what_a_new_one_costs(monkeypatch):
    monkeypatch.undo()
    assert extract_parameters(staff.NOBODY) == extract_parameters(staff.hash_of(RIGHT))
    assert staff.matches(staff.NOBODY, "") is False


def test_five_failures_close_the_door_for_a_minute(ledger, ana, clock):
    fail(ledger, 4)
    assert enters(ledger)
    fail(ledger, 5)

    assert not enters(ledger)
    clock(1059)
    assert not enters(ledger)
    clock(1060)
    assert enters(ledger)


def test_each_further_failure_doubles_the_wait_up_to_fifteen_minutes(ledger, ana, clock):
    fail(ledger, 4)
    now = 1000
    for wait in (60, 120, 240, 480, 900, 900):
        clock(now)
        fail(ledger, 1)
        clock(now + wait - 1)
        assert not enters(ledger)
        now += wait
    clock(now)
    assert enters(ledger)
    fail(ledger, 4)
    assert enters(ledger)  # a success had forgotten them all


def test_trying_a_closed_door_does_not_keep_it_closed(ledger, ana, clock):
    fail(ledger, 5)
    clock(1030)
    fail(ledger, 20)
    clock(1060)
    assert enters(ledger)


def test_guesses_sent_at_once_are_still_five(ledger, ana, data_dir, keys, clock):
    looked: list[str] = []
    start = threading.Barrier(40)
    nobody = staff.NOBODY

    def guess(_: int) -> None:
        door = open_ledger(data_dir, keys)
        start.wait()
        staff.authenticate(door, "ana.souza", WRONG)
        door.close()

    def matches(stored: str, _: str) -> bool:
        looked.append(stored)
        return False

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(40) as pool:
        patch.setattr(staff, "matches", matches)
        list(pool.map(guess, range(40)))

    assert len([stored for stored in looked if stored != nobody]) == staff.FREE_FAILURES


def test_an_old_hash_is_replaced_when_its_owner_comes_in(ledger, ana, monkeypatch):
    old = stored(ledger)
    monkeypatch.setattr(staff, "_hasher", PasswordHasher(2, 16, 1))
    fail(ledger, 1)
    assert stored(ledger) == old

    assert enters(ledger)

    assert extract_parameters(stored(ledger)).time_cost == 2
    assert enters(ledger)


def test_a_password_changed_while_the_old_one_was_checked_does_not_let_in(ledger, ana, monkeypatch):
    def matches(_: str, password: str) -> bool:
        staff.set_password(ledger, "ana.souza", "outra senha boa")
        return password == RIGHT

    with monkeypatch.context() as patch:
        patch.setattr(staff, "matches", matches)
        assert not enters(ledger)
    assert staff.authenticate(ledger, "ana.souza", "outra senha boa")


def test_somebody_disabled_while_the_password_was_checked_does_not_come_in(
    ledger, ana, monkeypatch
):
    def matches(*_: str) -> bool:
        staff.disable(ledger, "ana.souza")
        return True

    monkeypatch.setattr(staff, "matches", matches)
    assert not enters(ledger)


def test_a_new_password_opens_the_lock_and_ends_the_sessions(ledger, ana, clock):
    token = session.start(ledger, ana)
    fail(ledger, 5)

    staff.set_password(ledger, "ANA.SOUZA", "outra senha boa")

    assert staff.authenticate(ledger, "ana.souza", "outra senha boa") == ana
    assert session.resume(ledger, token) is None
    assert not enters(ledger)


def test_accents_typed_composed_or_decomposed_are_one_password(ledger):
    staff.add(ledger, "rui", "Rui", "attendant", "coração do Brasil")
    assert staff.authenticate(ledger, "rui", "corac\u0327a\u0303o do Brasil")


def test_a_disabled_person_stays_listed_and_out_until_enabled(ledger, ana):
    staff.disable(ledger, "ana.souza")
    assert not enters(ledger)
    assert [one.active for one in staff.listing(ledger)] == [False]

    staff.enable(ledger, "ana.souza")
    assert enters(ledger)


def test_the_listing_is_by_login(ledger, ana):
    staff.add(ledger, "aba", "Aba", "administrator", RIGHT)
    assert [one.login for one in staff.listing(ledger)] == ["aba", "ana.souza"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (("ana.SOUZA", "Ana", "attendant", RIGHT), "login_taken"),
        (("", "Ana", "attendant", RIGHT), "login_invalid"),
        (("ana souza", "Ana", "attendant", RIGHT), "login_invalid"),
        (("x" * 61, "Ana", "attendant", RIGHT), "login_invalid"),
        (("rui", "  ", "attendant", RIGHT), "name_invalid"),
        (("rui", "Rui\nfake log line", "attendant", RIGHT), "name_invalid"),
        (("rui", "Rui", "boss", RIGHT), "role_unknown"),
        (("rui", "Rui", "attendant", "123456789"), "password_too_short"),
    ],
)
def test_what_cannot_stand_is_refused_with_a_code_and_a_sentence(ledger, ana, values, code):
    with pytest.raises(PersonProblem) as problem:
        staff.add(ledger, *values)

    assert problem.value.code == code
    assert str(problem.value).endswith((".", "character."))
    assert len(staff.listing(ledger)) == 1


def test_changing_nobody_says_so(ledger):
    for change in (staff.disable, staff.enable):
        with pytest.raises(PersonProblem, match="Nobody"):
            change(ledger, "rui")
    with pytest.raises(PersonProblem, match="at least 10"):
        staff.set_password(ledger, "rui", "curta")


def test_a_stranger_elsewhere_locks_nobody_out(ledger, ana, clock):
    clock(0)
    assert staff.authenticate(ledger, "ana.souza", RIGHT, "loja")
    for second in range(12):
        clock(second)
        staff.authenticate(ledger, "ana.souza", WRONG, f"fora-{second % 2}")
    assert staff.authenticate(ledger, "ana.souza", WRONG, "loja") is None
    assert staff.authenticate(ledger, "ana.souza", RIGHT, "loja")


def test_addresses_that_a_login_never_came_from_go_one_by_one_where_they_are_many(
    ledger, ana, monkeypatch, clock
):
    clock(0)
    checked: list[str] = []

    def refuse(stored: str, _: str) -> bool:
        checked.append(stored)
        return False

    monkeypatch.setattr(staff, "matches", refuse)
    monkeypatch.setattr(staff, "CROWD", 5)
    for second in range(25):
        clock(second)
        staff.authenticate(ledger, "ana.souza", WRONG, f"fora-{second}")
    tried = sum(stored != staff.NOBODY for stored in checked)
    assert tried == 5 + 2


def test_failures_of_strangers_are_forgotten_after_a_day_and_known_addresses_after_a_month(
    ledger, ana, clock
):
    def kept():
        with ledger.reading() as connection:
            return sorted(connection.scalars(select(door.c.address)))

    clock(0)
    staff.authenticate(ledger, "ana.souza", RIGHT, "loja")
    staff.authenticate(ledger, "ana.souza", WRONG, "fora")
    assert kept() == ["fora", "loja"]
    clock(2 * 86_400)
    staff.authenticate(ledger, "ana.souza", WRONG, "outra")
    assert kept() == ["loja", "outra"]
    clock(31 * 86_400)
    staff.authenticate(ledger, "ana.souza", WRONG, "outra")
    assert kept() == ["outra"]


@pytest.mark.parametrize(
    "password",
    ["1234567890", "senha12345", "Mudar@2026!", "qwertyuiop", "aaaaaaaaaaaa", "AnaSouza-1990",
     "flamengo1981", "Passw0rd2026", "felicidade", "Maria123456", "princesa123", "gabriel2010"],
)  # fmt: skip
def test_a_password_that_everybody_has_is_refused(ledger, password):
    with pytest.raises(PersonProblem) as refused:
        staff.add(ledger, "ana.souza", "Ana", "attendant", password)
    assert refused.value.code == "password_common"


@pytest.mark.parametrize(
    "password",
    [
        "três palavras soltas",
        "\ud800 outra coisa assim",
        "ﬁo cavalo bateria",
        "x" * 5 + "yzwv" * 900,
    ],
)
def test_a_password_of_ones_own_is_taken(ledger, password):
    staff.add(ledger, "ana.souza", "Ana", "attendant", password)
    assert staff.authenticate(ledger, "ana.souza", password) is not None
