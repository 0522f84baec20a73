"""A real browser at the door of a real server: every page it opens must be free of errors."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import template_rendered
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from mirror.store.engine import Database
from mirror.store.sealing import Keyring
from tests.browser.pages import Open, addresses, everything
from tests.fakes.clientele import EVERYBODY
from tests.fakes.shopfront import PASSWORD, Shopfront, open_shop

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP loja.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
"""``loja.test`` is a store's own network: plain http and no localhost privileges. Nothing else
resolves, so no test can reach the internet."""


@pytest.fixture(scope="session")
def browser(in_ci: bool) -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        say = "No Chromium: set CHROMIUM to its path or put one on PATH."
        (pytest.fail if in_ci else pytest.skip)(say)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def shop(mirror_with: Callable[..., Database], ledger: Database) -> Shopfront:
    shop = open_shop(mirror_with, ledger, *EVERYBODY, reveal_seconds=2)
    shop.hire("attendant", "ana")
    shop.hire("supervisor", "rui")
    return shop


@pytest.fixture
def port(shop: Shopfront) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, shop.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def opened(
    browser: Browser, keys: Keyring, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Open]:
    shop = everything(tmp_path_factory.mktemp("everything") / "data", keys)
    server = make_server("127.0.0.1", 0, shop.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}"
    # Colours on their way from one theme to the other are nobody's to see; axe is a foreign script.
    context = browser.new_context(
        base_url=base, locale="pt-BR", reduced_motion="reduce", bypass_csp=True
    )
    shown: list[str] = []

    def note(sender: Any, template: Any, **_: Any) -> None:
        shown.append(template.name)

    with template_rendered.connected_to(note, shop.app):
        yield Open(shop, context.new_page(), {**addresses(shop), "base": base}, shown)
    context.close()
    server.shutdown()
    thread.join()


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, port: int) -> Iterator[Visit]:
    """Opens the login page in a new browser profile; ``login=None`` stays outside."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def go(login: str | None = "ana", host: str = "127.0.0.1", **profile: Any) -> Page:
        context = browser.new_context(base_url=f"http://{host}:{port}", locale="pt-BR", **profile)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: troubles.append(line.text) if _bad(line) else None)
        page.goto("/entrar")
        if login:
            page.fill("#login", login)
            page.fill("#password", PASSWORD)
            page.press("#password", "Enter")
            page.wait_for_url("**/clientes")
        return page

    yield go
    for context in contexts:
        context.close()
    assert troubles == []


def because(page: Page, why: str = "Atendimento") -> None:
    """Answer the question of the first eye of a visit."""
    page.get_by_role("dialog").get_by_role("button", name=why, exact=True).click()


def _bad(line: Any) -> bool:
    # A refusal that a test provokes is also a line of the console; a broken page is another.
    return line.type in ("error", "warning") and "the server responded with" not in line.text
