"""Takes the pictures of the manual: a demo on free ports, a real browser, light and dark.

Run it with the environment that `make` prepares, from anywhere: `.venv/bin/python
docs/screenshots.py`. Chromium is taken from PATH, or from where CHROMIUM says. Everybody on the
pictures is made up.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
THEMES = ("light", "dark")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def main() -> None:
    """Replace every picture."""
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as place,
        _demo(Path(place)) as (address, password),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=_chromium(), args=FLAGS)
        for size, theme in product(SIZES, THEMES):
            _pictures(browser, address, password, size, theme)
        browser.close()


@contextmanager
def _demo(place: Path) -> Iterator[tuple[str, str]]:
    """Address and password of a demo that ends with the block."""
    port, master_port = _free_ports()
    command = [
        *(sys.executable, "-m", "config", "demo", "--directory", str(place / "demo")),
        *("--port", str(port), "--master-port", str(master_port)),
    ]
    # Our own interpreter and module, with nothing from outside.
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_root())  # noqa: S603
    try:
        password = _password(running)
        _wait_for(port)
        _hire_eva(place, password)
        yield f"http://127.0.0.1:{port}", password
    finally:
        running.terminate()
        running.wait(30)


def _hire_eva(place: Path, password: str) -> None:
    """An administrator, who sees the page of operations: with the password of the demo's own."""
    settings = str(place / "demo" / "espelho.toml")
    command = ("-m", "config", "--config", settings, "user", "add", "eva", "--role=administrator")
    told = os.environ | {"ESPELHO_PASSWORD": password}
    subprocess.run([sys.executable, *command], check=True, cwd=_root(), env=told)  # noqa: S603


def _root() -> Path:
    return Path(__file__).parents[1]


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _password(running: "subprocess.Popen[str]") -> str:
    told = []
    for line in running.stdout or ():
        told.append(line)
        if found := re.match(r"\s*password\s+(\S+)", line):
            return found[1]
    raise SystemExit("The demo did not start:\n" + "".join(told))


def _wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("The demo's pages did not open.")


def _chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise SystemExit("No Chromium: set CHROMIUM to its path or put one on PATH.")
    return found


def _pictures(browser: Browser, address: str, password: str, size: str, theme: str) -> None:
    context = _context(browser, address, size, theme)
    page = context.new_page()
    _sign_in(page, "eva", password)
    page.goto("/operacao")
    _take(page, "operations", size, theme)
    context.clear_cookies()
    _sign_in(page, "ana", password)
    _take(page, "list", size, theme)
    page.fill("#q", "123.456.789-09")
    page.press("#q", "Enter")
    page.wait_for_url(re.compile(r"/clientes/\d+$"))
    _take(page, "customer", size, theme)
    context.close()


def _sign_in(page: Page, login: str, password: str) -> None:
    page.goto("/entrar")
    page.fill("#login", login)
    page.fill("#password", password)
    page.click("form button")
    page.wait_for_url("**/clientes")


def _context(browser: Browser, address: str, size: str, theme: str) -> BrowserContext:
    width, height = SIZES[size]
    return browser.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        is_mobile=size == "phone",
        has_touch=size == "phone",
        device_scale_factor=2 if size == "phone" else 1,
        locale="pt-BR",
        timezone_id="America/Sao_Paulo",
    )


def _take(page: Page, what: str, size: str, theme: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{what}-{size}-{theme}.png", animations="disabled")


if __name__ == "__main__":
    main()
