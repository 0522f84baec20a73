"""The table of who may what, as a person would read it aloud."""

import pytest

from web.accounts.staff import ROLES
from web.shop import ALLOWED, allowed


@pytest.mark.parametrize(
    ("role", "actions"),
    [
        (
            "attendant",
            "browse search open reveal copy whatsapp boleto charges download asked_origin",
        ),
        (
            "supervisor",
            "browse search open reveal copy whatsapp boleto charges months differences rules "
            "download audit audit_verified audit_exported asked_origin more_granted",
        ),
        (
            "administrator",
            "browse search open reveal copy whatsapp boleto charges months differences rules "
            "download audit operations audit_verified audit_exported asked_origin "
            "more_granted "
            "manage_people manage_devices",
        ),
        ("owner", ""),
        ("", ""),
    ],
)
def test_each_role_may_exactly_this(role, actions):
    assert [action for action in ALLOWED if allowed(role, action)] == actions.split()


def test_what_is_not_in_the_table_nobody_may():
    assert not any(allowed(role, "export") for role in ROLES)
