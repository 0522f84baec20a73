"""A shop in front of a master: the real source, the real mirror, the real pages, one clock."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from connector.sources import Source
from connector.sync import Report, follow
from mirror.reading.listing import Filters, browse, counts
from mirror.reading.standings import standings
from mirror.standing.rules import AXES, SET_ASIDE
from mirror.store.engine import Database
from mirror.store.lease import lease
from mirror.store.tables import TABLES, customer
from tests.fakes import facet_sets
from tests.fakes.shopfront import COMPILED, Shopfront
from tests.fakes.story_clock import Clock
from web.app import create_app
from web.settings import WebSettings, Wording
from web.terminals import devices


@dataclass
class Stage:
    """``client`` is signed in; whoever tells a story reads what the pages say."""

    clock: Clock
    mirror: Database
    ledger: Database
    data_dir: Path
    client: FlaskClient

    def sync(self, source: Source, *, full: bool = False, whole: bool = True) -> list[Report]:
        """Follow the master once, as the program does; if ``whole``, every stream to its end."""
        with lease(self.mirror, self.data_dir) as fence:
            reports = list(follow(self.mirror, source, fence, full=full))
        broken = [one.sentence for one in reports if not one.ok]
        assert not whole or broken == [], broken
        return reports

    def id_of(self, name: object) -> int:
        """The mirror's own number of the master's customer."""
        query = select(customer.c.id).where(customer.c.external_id == str(name))
        with self.mirror.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def row_of(self, stream: str, name: object) -> int:
        """The mirror's own number of something somebody did."""
        table = TABLES[stream]
        with self.mirror.reading() as connection:
            query = select(table.c.id).where(table.c.external_id == str(name))
            return int(connection.execute(query).scalar_one())

    def html(self, address: str) -> str:
        """A page as it goes out."""
        answer = self.client.get(address)
        assert answer.status_code == 200, address
        return answer.text

    def says(self, address: str) -> str:
        """What the page says, without markup, on one line."""
        return plain(self.html(address).split("<main", 1)[1].split("</main>", 1)[0])

    def whose(self, name: object, tab: str = "") -> str:
        """The address of a customer's tab."""
        return f"/clientes/{self.id_of(name)}" + (f"/{tab}" if tab else "")

    def of(self, name: object, tab: str = "") -> str:
        """What a customer's tab says."""
        return self.says(self.whose(name, tab))

    def rows(self, name: object, tab: str) -> list[list[str]]:
        """The cells of every row of a customer's tab."""
        return table(self.html(self.whose(name, tab)))

    def standing(self, name: object) -> dict[str, str]:
        """What the customer's page says of each axis, by its name."""
        html = self.html(self.whose(name))
        part = html.partition('id="h-standing"')[2].partition("</section>")[0]
        found = re.findall(
            r'<span class="line-label">(.*?)</span>.*?class="stack">(.*?)</li>', part, re.S
        )
        return {label: plain(said) for label, said in found}

    def story(self, name: object) -> list[list[tuple[str, str, str]]]:
        """By axis, how it came about: the day, what it became, why; the newest first."""
        html = self.html(self.whose(name, "relacionamento"))
        told = []
        for part in html.split('<ol class="story">')[1:]:
            items = re.findall(r"<li[^>]*>(.*?)</li>", part.partition("</ol>")[0], re.S)
            told.append([_step(item) for item in items])
        return told

    def bar(self, place: int = 1, address: str = "/clientes") -> dict[str, int]:
        """A bar above the list: how many customers each value has."""
        html = self.html(address)
        nav = html.partition(f'aria-labelledby="axis-{place}"')[2].partition("</nav>")[0]
        cells = re.findall(r'<bdi>([^<]*)</bdi><b class="num">([\d.]+)</b>', nav)
        return {unescape(label): int(number.replace(".", "")) for label, number in cells}

    def listed(self, address: str = "/clientes") -> list[str]:
        """The names on a list, all its pages together."""
        found: list[str] = []
        seen: str | None = address
        while seen:
            html = self.html(seen)
            found += [unescape(one) for one in re.findall(r'id="n\d+"[^>]*><bdi>(.*?)</bdi>', html)]
            more = re.search(r'<a[^>]*rel="next"[^>]*href="([^"]*)"', html)
            seen = unescape(more[1]) if more else None
        return found

    def total(self, address: str = "/clientes") -> str:
        """How many customers a list says it has."""
        said: list[str] = re.findall(r"[\d.]+ clientes?", self.says(address))
        return said[-1]

    def withheld(self, address: str) -> dict[str, str]:
        """The controls of a page that are the master's, and the reason each gives."""
        html = self.html(address)
        found = re.findall(
            r'<button[^>]*aria-disabled="true"[^>]*aria-describedby="([^"]*)"[^>]*>(.*?)</button>',
            html,
            re.S,
        )
        tips = {one: html.partition(f'id="{one}">')[2].partition("</span>")[0] for one, _ in found}
        return {plain(label): plain(tips[one]) for one, label in found}

    def looked_up(self, **asked: str) -> list[dict[str, Any]]:
        """What a terminal of the shop is told."""
        token = devices.add(self.ledger, f"caixa {secrets.token_hex(4)}", "Centro")
        answer = self.client.application.test_client().post(
            "/api/v1/lookup", json=asked, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.get_json()["customers"]
        return found

    def charges(self, address: str = "/cobrancas") -> dict[str, tuple[int, list[str]]]:
        """The filters of the page of charges: how many each has, and what they come to."""
        nav = self.html(address).partition('<nav class="axis sums')[2].partition("</nav>")[0]
        found = re.findall(r'<a [^>]*>([^<]*)<b class="num">([\d.]+)</b>(.*?)</a>', nav)
        sums = (
            (label, int(n), re.findall(r"<small[^>]*>(.*?)<", said)) for label, n, said in found
        )
        return {
            label: (n, [unescape(one).replace("\xa0", " ") for one in said])
            for label, n, said in sums
        }

    def check(self) -> None:
        """Facets are those of the rows; counts, lists and pages of customers say the same."""
        now = self.clock.micros()
        with self.mirror.reading() as connection:
            facet_sets.check(self.mirror, connection)
            ids = list(connection.scalars(select(customer.c.id)))
        seen: dict[tuple[str, str], set[int]] = {}
        for row in ids:
            for one in standings(self.mirror, row, now):
                seen.setdefault((one.axis, one.value), set()).add(row)
        for axis in AXES.values():
            for value in axis.values:
                self._check((axis.name, value), seen)

    def _check(self, one: tuple[str, str], seen: dict[tuple[str, str], set[int]]) -> None:
        asked = Filters(None, (one,))
        aside = set().union(*(seen.get(other, set()) for other in SET_ASIDE))
        expected = seen.get(one, set()) - (set() if one in SET_ASIDE else aside)
        assert counts(self.mirror, asked) == len(expected), one
        listed = browse(self.mirror, asked, limit=10_000).rows if expected else []
        assert {row.id for row in listed} == expected, one


@contextmanager
def staged(
    clock: Clock,
    databases: tuple[Database, Database, Path],
    role: str = "supervisor",
    settings: dict[str, Any] | None = None,
    **wording: Any,
) -> Iterator[Stage]:
    """The shop, open, with somebody signed in."""
    mirror, ledger, data_dir = databases
    app = create_app(mirror, ledger, WebSettings(**settings or {}), wording=Wording(**wording))
    app.jinja_env.bytecode_cache = COMPILED
    front = Shopfront(app, mirror, ledger, lambda *_: mirror)
    yield Stage(clock, mirror, ledger, data_dir, front.signed_in(role))


def plain(html: str) -> str:
    """Without markup, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def table(html: str) -> list[list[str]]:
    """The cells of every row of a page's table; none where there is no table."""
    body = html.partition("<tbody")[2].partition("</tbody>")[0]
    return [
        [plain(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)]
        for row in body.split("<tr")[1:]
    ]


def _step(item: str) -> tuple[str, str, str]:
    day, value, why = (
        re.search(pattern, item, re.S)
        for pattern in (r'class="story-day[^>]*>(.*?)<', r"<b>(.*?)</b>", r'story-why">(.*)</span>')
    )
    return tuple(plain(found[1]) if found else "" for found in (day, value, why))  # type: ignore[return-value]
