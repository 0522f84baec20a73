"""Where a request comes from: told by a proxy of ours, and by nobody else."""

from collections.abc import Callable

import pytest
from flask import Flask

from mirror.store.engine import Database
from tests.fakes.clientele import DEUZENIR
from tests.fakes.shopfront import PASSWORD, Shopfront, open_shop
from web.accounts import staff
from web.shop import came_from

PROXY, TILL, OTHER = "10.0.0.2", "192.0.2.7", "198.51.100.9"


@pytest.fixture
def behind(mirror_with: Callable[..., Database], ledger: Database) -> Shopfront:
    return open_shop(mirror_with, ledger, DEUZENIR, trusted_proxies=(PROXY, "fd00::/8"))


def seen(app: Flask, peer: str, said: str | None) -> str | None:
    headers = {} if said is None else {"X-Forwarded-For": said}
    with app.test_request_context("/", headers=headers, environ_base={"REMOTE_ADDR": peer}):
        return came_from()


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        (PROXY, TILL, TILL),
        (PROXY, f"{OTHER}, {TILL}", TILL),  # what the client wrote stands before
        (PROXY, f"{OTHER},{TILL}, {PROXY}", TILL),  # two proxies of ours
        ("fd00::5", f"{TILL}, fd00::6", TILL),
        (PROXY, "::ffff:192.0.2.7", TILL),
        (PROXY, None, PROXY),
        (PROXY, "", PROXY),
        (PROXY, "unknown", PROXY),
        (PROXY, f"{TILL}, <script>", PROXY),
        (PROXY, f"{PROXY}, {PROXY}", PROXY),
        (OTHER, TILL, OTHER),  # no proxy of ours
        (OTHER, f"{TILL}, {PROXY}", OTHER),
        ("10.0.0.20", TILL, "10.0.0.20"),
    ],
)
def test_only_a_proxy_of_ours_is_believed_and_only_its_own_word(
    behind: Shopfront, peer: str, said: str | None, address: str
) -> None:
    assert seen(behind.app, peer, said) == address


def test_without_the_setting_nobody_is_believed(shop: Shopfront) -> None:
    assert seen(shop.app, "127.0.0.1", TILL) == "127.0.0.1"


def enter(shop: Shopfront, password: str, peer: str, said: str) -> int:
    return (
        shop.app.test_client()
        .post(
            "/entrar",
            data={"login": "ana", "password": password},
            headers={"X-Forwarded-For": said},
            environ_base={"REMOTE_ADDR": peer},
        )
        .status_code
    )


def test_behind_a_proxy_a_stranger_locks_only_their_own_address(behind: Shopfront) -> None:
    behind.hire()
    for number in range(staff.FREE_FAILURES):
        forged = f"203.0.113.{number}, {OTHER}"  # another one each time, as the client says
        assert enter(behind, "outra senha qualquer", PROXY, forged) == 401

    assert enter(behind, PASSWORD, PROXY, f"203.0.113.99, {OTHER}") == 401  # locked
    assert enter(behind, PASSWORD, PROXY, TILL) == 303


def test_who_reaches_the_port_without_the_proxy_cannot_be_another_each_time(
    behind: Shopfront,
) -> None:
    behind.hire()
    for number in range(staff.FREE_FAILURES):
        assert enter(behind, "outra senha qualquer", OTHER, f"203.0.113.{number}") == 401
    assert enter(behind, PASSWORD, OTHER, "203.0.113.99") == 401


def test_the_journal_tells_the_addresses_of_two_tills_apart(behind: Shopfront) -> None:
    behind.hire()
    for peer, said in ((PROXY, TILL), (PROXY, TILL), (PROXY, OTHER), (OTHER, TILL)):
        assert enter(behind, PASSWORD, peer, said) == 303
    direct, elsewhere, *alike = [one.address for one in behind.journal() if one.action == "login"]
    assert direct == elsewhere != alike[0]
    assert alike[0] == alike[1]
    assert None not in (direct, *alike)
