"""Terminals: tokens shown once, kept hashed, refused from the moment they are revoked."""

import re
from hashlib import sha256

import pytest
from sqlalchemy import select

from mirror.ledger import device as table
from web.terminals import devices
from web.terminals.devices import DeviceProblem


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    def at(second: int) -> None:
        monkeypatch.setattr(devices, "now_us", lambda: second * 1_000_000)

    return at


def test_a_token_is_its_terminals(ledger):
    first = devices.add(ledger, " caixa 1 ", "Centro")
    devices.add(ledger, "caixa 2", "Norte")

    found = devices.authenticate(ledger, first)

    assert found is not None
    assert (found.name, found.store) == ("caixa 1", "Centro")


def test_a_token_is_recognisable_long_and_kept_only_hashed(ledger):
    token = devices.add(ledger, "caixa 1", "Centro")

    assert re.fullmatch(r"esp_[\w-]{43}", token)
    with ledger.reading() as connection:
        kept = connection.execute(select(table)).one()
    assert kept.token_hash == sha256(token.encode()).digest()
    assert token not in str(kept)


@pytest.mark.parametrize("token", ["", "Bearer", "esp_", "pdv_" + "A" * 43, "esp_" + "A" * 43,
                                   "esp_" + "é" * 43, "x\udcff"])  # fmt: skip
def test_what_is_no_token_is_no_terminal(ledger, token):
    devices.add(ledger, "caixa 1", "Centro")
    assert devices.authenticate(ledger, token) is None


def test_a_revoked_token_is_refused_at_the_next_request_and_stays_listed(ledger, clock):
    clock(10)
    token = devices.add(ledger, "caixa 1", "Centro")
    other = devices.add(ledger, "caixa 2", "Centro")
    assert devices.authenticate(ledger, token)
    clock(11)

    devices.revoke(ledger, "caixa 1")

    assert devices.authenticate(ledger, token) is None
    assert devices.authenticate(ledger, other)
    assert [(one.name, one.revoked_at) for one in devices.listing(ledger)] == [
        ("caixa 1", 11_000_000),
        ("caixa 2", None),
    ]


def test_revoking_what_is_not_in_use_says_so_and_keeps_the_first_date(ledger, clock):
    clock(10)
    devices.add(ledger, "caixa 1", "Centro")
    devices.revoke(ledger, "caixa 1")
    clock(20)

    for name in ("caixa 1", "caixa 9"):
        with pytest.raises(DeviceProblem, match="No terminal"):
            devices.revoke(ledger, name)
    assert devices.listing(ledger)[0].revoked_at == 10_000_000


def test_last_use_is_noted_at_most_once_a_minute(ledger, clock):
    clock(0)
    token = devices.add(ledger, "caixa 1", "Centro")
    assert devices.listing(ledger)[0].seen_at is None
    seen = []
    for second in (5, 64, 65):
        clock(second)
        devices.authenticate(ledger, token)
        seen.append(devices.listing(ledger)[0].seen_at)

    assert seen == [5_000_000, 5_000_000, 65_000_000]


@pytest.mark.parametrize(
    ("name", "store", "code"),
    [
        ("caixa 1", "Norte", "name_taken"),
        (" ", "Norte", "name_invalid"),
        ("caixa\n2", "Norte", "name_invalid"),
        ("x" * 61, "Norte", "name_invalid"),
        ("caixa 2", "", "store_invalid"),
    ],
)
def test_what_cannot_stand_is_refused_with_a_code(ledger, name, store, code):
    token = devices.add(ledger, "caixa 1", "Centro")
    devices.revoke(ledger, "caixa 1")

    with pytest.raises(DeviceProblem) as problem:
        devices.add(ledger, name, store)

    assert problem.value.code == code
    assert devices.authenticate(ledger, token) is None


def test_a_token_holds_until_its_day_is_over(ledger, clock):
    clock(100)
    token = devices.add(ledger, "caixa 1", "Centro", expires_at=200_000_000)
    clock(199)
    assert not devices.authenticate(ledger, token).has_expired(199_000_000)
    clock(200)
    found = devices.authenticate(ledger, token)
    assert found.has_expired(200_000_000)
    assert found.seen_at == 199_000_000


def test_a_day_that_is_over_is_no_expiry(ledger, clock):
    clock(100)
    with pytest.raises(DeviceProblem) as problem:
        devices.add(ledger, "caixa 1", "Centro", expires_at=100_000_000)
    assert problem.value.code == "expiry_past"


def test_a_store_is_one_of_the_shops_where_it_names_them(ledger):
    devices.add(ledger, "caixa 1", "Centro", stores=("Centro", "Norte"))
    with pytest.raises(DeviceProblem, match="Centro, Norte"):
        devices.add(ledger, "caixa 2", "Sul", stores=("Centro", "Norte"))
