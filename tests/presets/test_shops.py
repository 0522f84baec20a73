"""What every shop's preset keeps, from the wire to the sealed mirror: all, once, and cheaply."""

from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from config.assemble import preset
from mirror.store.engine import Database
from mirror.writing.judgement import grave_name
from tests.connector.conftest import Follow
from tests.fakes.fake_master import Call, Reply, Stranger
from tests.fakes.looking import customers, everything, graves, refused, versions
from tests.fakes.presets_blank import Directus, JsonApi, OData, Pages, Strapi
from tests.fakes.presets_magento import Magento
from tests.fakes.presets_nuvemshop import Nuvemshop
from tests.fakes.presets_odoo import Odoo
from tests.fakes.presets_sap import SapB1
from tests.fakes.presets_shop import Shop, came, cpf, email, mobile
from tests.fakes.presets_shopify import Shopify
from tests.fakes.presets_vtex import Vtex
from tests.fakes.presets_woocommerce import WooCommerce

PEOPLE = 450
MASTERS = {
    Vtex: (2, 2),
    Nuvemshop: (3, 1),
    Shopify: (50, 1),
    WooCommerce: (7, 7),
    Magento: (5, 3),
    SapB1: (6, 4),
    Odoo: (6, 4),
    OData: (5, 1),
    JsonApi: (5, 1),
    Strapi: (6, 2),
    Directus: (6, 2),
    Pages: (7, 2),
}
"""Questions that 450 people take: all of them, and days later with nothing changed."""
DAYS = 86_400 * 3
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


@pytest.fixture(params=MASTERS, ids=lambda kind: kind.preset)
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    with request.param(PEOPLE).running() as made:
        yield made


@pytest.fixture
def small(request: pytest.FixtureRequest) -> Iterator[Shop]:
    with request.param(7).running() as made:
        yield made


SMALL = pytest.mark.parametrize("small", MASTERS, ids=lambda kind: kind.preset, indirect=True)


def test_everybody_arrives_once(shop: Shop, follow: Follow, mirror_db: Database):
    report = follow(shop.source())

    assert report.ok, report.sentence
    assert report.figures.added == PEOPLE
    assert set(versions(mirror_db)) == set(shop.people)
    assert refused(mirror_db) == {}
    assert report.figures.requests == len(shop.calls)
    assert _questions(shop.calls) == MASTERS[type(shop)][0]


def test_nothing_changed_costs_next_to_nothing(shop: Shop, follow: Follow, mirror_db: Database):
    follow(shop.source())
    shop.time.sleep(DAYS)
    before, rows = len(shop.calls), everything(mirror_db)["customer"]

    report = follow(shop.source())

    assert report.ok
    assert report.mode == "changes"
    assert (report.figures.added, report.figures.changed, report.figures.gone) == (0, 0, 0)
    assert everything(mirror_db)["customer"] == rows
    assert _questions(shop.calls[before:]) == MASTERS[type(shop)][1]


@SMALL
def test_who_changed_and_who_came_is_told_by_the_next_run(
    small: Shop, follow: Follow, mirror_db: Database
):
    follow(small.source())
    small.time.sleep(DAYS)
    name = small.become(3, 3_000)
    new = small.add(4_000)
    small.touch(small.people[new], small.time.wall)

    report = follow(small.source())

    assert (report.figures.added, report.figures.changed) == (1, 1)
    found = {one.external_id: one for one in customers(mirror_db)}
    assert [one.value for one in found[name].documents] == [cpf(3_000)]
    assert found[name].updated_at is not None
    assert new in found


@SMALL
def test_the_usual_fields_are_right(small: Shop, follow: Follow, mirror_db: Database):
    follow(small.source())
    for number, name in enumerate(small.people, 1):
        one = next(one for one in customers(mirror_db) if one.external_id == name)
        assert [(doc.kind, doc.value, doc.valid) for doc in one.documents] == [
            ("cpf", cpf(number), True)
        ]
        assert [(one.number, one.kind) for one in one.phones] == [
            (f"+55{mobile(number)}", "mobile")
        ]
        assert one.emails == (email(number),)
        assert one.customer_since == came(number).astimezone(SAO_PAULO).date()
        assert one.kind == "PF"
        assert one.name
        assert one.name.endswith(str(number))
        assert one.flags == ()


@SMALL
def test_who_is_gone_is_found_by_a_sweep(small: Shop, follow: Follow, mirror_db: Database):
    follow(small.source())
    gone = small.name_of(2)
    del small.people[gone]

    report = follow(small.source(), full=True)

    assert report.ok
    assert report.figures.gone == 1
    with mirror_db.reading() as connection:
        kept = grave_name(connection, small.source().name, gone)  # keyed: it could be a number's
    assert graves(mirror_db) == {kept: "sweep"}


@SMALL
def test_a_master_that_lists_nobody_any_more_is_not_believed(
    small: Shop, follow: Follow, mirror_db: Database
):
    follow(small.source())
    small.people.clear()

    report = follow(small.source(), full=True)

    assert (report.figures.gone, report.figures.held) == (0, 7)
    assert len(versions(mirror_db)) == 7


@SMALL
def test_wrong_credentials_are_told_and_delete_nobody(
    small: Shop, follow: Follow, mirror_db: Database
):
    follow(small.source())
    asked = len(small.calls)
    wrong = {name: value.replace("SEGREDO", "TROCADO") for name, value in small.secrets.items()}

    report = follow(small.source(wrong), full=True)

    assert not report.ok
    assert "refused" in report.sentence
    assert not any(secret in report.sentence for secret in wrong.values())
    assert len(small.calls) - asked == 1
    assert len(versions(mirror_db)) == 7


@SMALL
def test_a_shop_that_moved_is_not_followed_there(small: Shop, follow: Follow, mirror_db: Database):
    with Stranger().running() as elsewhere:
        moved = Reply({}, 302, {"Location": f"{elsewhere.url}/customers"})
        small.moved = [("/", moved)]
        report = follow(small.source())
    assert not report.ok
    assert "redirects" in report.sentence
    assert versions(mirror_db) == {}


@SMALL
def test_a_master_that_stumbles_once_is_asked_again(
    small: Shop, follow: Follow, mirror_db: Database
):
    small.faults = [("", Reply({}, 503)), ("", Reply({}, 429, {"Retry-After": "2"}))]
    assert follow(small.source()).ok
    assert small.time.now >= 2
    assert len(versions(mirror_db)) == 7


@pytest.mark.parametrize(
    "small",
    [kind for kind in MASTERS if "one" in preset(kind.preset)["stream"]],
    ids=lambda kind: kind.preset,
    indirect=True,
)
def test_one_customer_comes_as_the_list_brings_him(small: Shop):
    source, name = small.source(), small.name_of(5)  # Shopify's and Odoo's questions are posted
    (record,) = source.one(name).records
    assert record in [raw for page in source.pages(None) for raw in page.records]
    assert name.encode() in record
    nobody = small.name_of(9)
    assert source.one(nobody).gone == [nobody]


def _questions(calls: list[Call]) -> int:
    """How many different ones; none more than twice, where rows may have moved meanwhile."""
    times = Counter(f"{call.path} {call.query} {call.body}" for call in calls)
    assert max(times.values()) <= 2
    return len(times)
