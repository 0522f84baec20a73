"""Omni OMS: the registration is shown as received, and only an active one is fit for business."""

import pytest

from mirror.records import REGISTRATIONS
from mirror.standing.rules import omni


@pytest.mark.parametrize("registration", REGISTRATIONS)
def test_a_registration_is_always_as_received(registration: str):
    assert omni.standing(registration) == registration


def test_of_all_registrations_only_the_active_one_is_fit_for_transactions():
    assert [one for one in REGISTRATIONS if omni.fit_for_business(one)] == ["active"]
