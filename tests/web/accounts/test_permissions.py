"""The table of who may what, as a person would read it aloud."""

import pytest

from mirror.ledger.journal import Limit
from web.accounts.permissions import ALLOWED, REVEALING, ROLES, allowed, budget


@pytest.mark.parametrize(
    ("role", "actions"),
    [
        ("attendant", "browse search open reveal copy whatsapp boleto charges download"),
        (
            "supervisor",
            "browse search open reveal copy whatsapp boleto charges months differences rules "
            "download audit",
        ),
        (
            "administrator",
            "browse search open reveal copy whatsapp boleto charges months differences rules "
            "download audit operations manage_people manage_devices",
        ),
        ("owner", ""),
        ("", ""),
    ],
)
def test_each_role_may_exactly_this(role, actions):
    assert [action for action in ALLOWED if allowed(role, action)] == actions.split()


def test_what_is_not_in_the_table_nobody_may():
    assert not any(allowed(role, "export") for role in ROLES)


@pytest.mark.parametrize(
    ("role", "most"), [("attendant", 60), ("supervisor", 300), ("administrator", 60), ("owner", 0)]
)
def test_what_reveals_shares_one_hourly_budget(role, most):
    for action in ("reveal", "copy", "whatsapp", "boleto"):
        assert budget(role, action) == Limit(("reveal", "copy", "whatsapp", "boleto"), most, 3600)


def test_a_shop_can_set_its_own_figure():
    found = budget("supervisor", "copy", 10)
    assert found is not None
    assert found.most == 50


def test_what_reveals_and_what_could_guess_is_counted():
    counted = {action for action in ALLOWED if budget("attendant", action)}
    assert counted == {*REVEALING, "search"}


def test_searches_have_an_hour_of_their_own():
    searches = budget("attendant", "search", 10)
    assert searches is not None
    assert (searches.actions, searches.most, searches.within_s) == (("search",), 40, 3600)
