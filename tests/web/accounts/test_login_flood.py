"""A flood of logins keeps a few threads busy and leaves the others to those already inside."""

from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event, Lock

import pytest

from mirror.store.engine import Database
from tests.fakes.shopfront import PASSWORD, Shopfront
from web.accounts import login, staff
from web.accounts.staff import Crowded, Turnstile

FLOOD = 24


class SlowChecks:
    """Password checks that last until they are let go, and how many there were at once."""

    def __init__(self) -> None:
        self.go, self.lock = Event(), Lock()
        self.now = self.most = 0

    def __call__(self, stored: str, password: str) -> bool:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.go.wait(5)
        with self.lock:
            self.now -= 1
        return True


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> SlowChecks:
    checks = SlowChecks()
    monkeypatch.setattr(staff, "matches", checks)
    monkeypatch.setattr(login, "checking", Turnstile(2, 2, patience_s=0.05))
    return checks


def post(shop: Shopfront):  # type: ignore[no-untyped-def]
    return shop.app.test_client().post("/entrar", data={"login": "ana", "password": PASSWORD})


def test_of_a_flood_two_are_checked_and_the_rest_are_sent_away(
    shop: Shopfront, slow: SlowChecks
) -> None:
    shop.hire()
    with ThreadPoolExecutor(FLOOD) as crowd:
        asked = [crowd.submit(post, shop) for _ in range(FLOOD)]
        answers = []
        for done in as_completed(asked):
            answers.append(done.result())
            if len(answers) == FLOOD - 2:
                slow.go.set()
    refused = [answer for answer in answers if answer.status_code == 429]
    assert slow.most == 2
    assert sorted(answer.status_code for answer in answers if answer not in refused) == [303, 303]
    assert {answer.headers["Retry-After"] for answer in refused} == {"5"}
    assert "Muita gente está entrando agora" in refused[0].text
    assert 'value="ana"' in refused[0].text
    assert PASSWORD not in refused[0].text


def test_who_was_sent_away_has_not_failed(
    shop: Shopfront, slow: SlowChecks, ledger: Database
) -> None:
    shop.hire()
    slow.go.set()
    with login.checking.passage(), login.checking.passage():
        assert [post(shop).status_code for _ in range(staff.FREE_FAILURES + 1)] == [429] * 6
    assert post(shop).status_code == 303


def test_whoever_waits_comes_in_when_somebody_leaves() -> None:
    gate = Turnstile(1, 1, patience_s=5)
    entered = Event()

    def wait() -> None:
        with gate.passage():
            entered.set()

    with ThreadPoolExecutor(1) as other:
        with gate.passage():
            waiting = other.submit(wait)
            assert not entered.is_set()
        waiting.result(5)
    assert entered.is_set()


@pytest.mark.parametrize("fail", [ValueError, Crowded])
def test_the_place_is_free_again_after_a_failure(fail: type[Exception]) -> None:
    gate = Turnstile(1, 0)
    for _ in range(3):
        with pytest.raises(fail), gate.passage():
            raise fail


def test_without_waiting_places_the_next_is_sent_away_at_once() -> None:
    gate = Turnstile(1, 0, patience_s=60)
    with gate.passage(), pytest.raises(Crowded), gate.passage():
        pass
