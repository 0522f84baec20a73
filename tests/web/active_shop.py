"""A shop whose customers have done things, and readers of its tabs."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

from flask.testing import FlaskClient

from mirror.records import Customer
from mirror.store.engine import Database
from tests.fakes import dealings
from tests.fakes.clientele import DEUZENIR
from tests.fakes.shopfront import Shopfront, open_shop

Busy = Callable[..., Shopfront]
"""Opens a shop with these customers, and what they did written into its mirror."""

JSON = {"Accept": "application/json"}


def opener(write: Callable[..., Database], ledger: Database) -> Busy:
    def opened(*customers: Customer, did: tuple[Any, ...] = (), **settings: Any) -> Shopfront:
        shop = open_shop(write, ledger, *(customers or (DEUZENIR,)), **settings)
        dealings.write(shop.mirror, *did)
        return shop

    return opened


def at(shop: Shopfront, tab: str = "", customer: Customer = DEUZENIR) -> str:
    """The address of a tab."""
    return f"/clientes/{shop.id_of(customer)}" + (f"/{tab}" if tab else "")


def read(client: FlaskClient, address: str) -> str:
    """A page's text, as somebody reads it: without markup, one line a row or item."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    main = answer.text.split("<main", 1)[1].split("</main>", 1)[0]
    return re.sub(r" *\n\s*", "\n", unescape(re.sub(r"<[^>]*>", " ", main))).replace("\xa0", " ")


def rows(client: FlaskClient, address: str) -> list[list[str]]:
    """The cells of the rows of a page's table."""
    html = client.get(address).text.split("<tbody", 1)[1].split("</tbody>", 1)[0]
    return [list(_cells(row)) for row in html.split("<tr")[1:]]


def _cells(row: str) -> Iterator[str]:
    for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL):
        plain = unescape(re.sub(r"<[^>]*>", " ", cell))
        yield " ".join(plain.split())


def tabs_of(client: FlaskClient, address: str) -> list[str]:
    """The labels of the tabs with their numbers: ``Pedidos 3``."""
    html = client.get(address).text
    nav = re.search(r'aria-label="Abas do cliente">(.*?)</nav>', html, re.DOTALL)
    found = re.findall(r"<a[^>]*>(.*?)</a>", nav[1], re.DOTALL) if nav else []
    return [" ".join(re.sub(r"<[^>]*>", " ", one).split()) for one in found]
