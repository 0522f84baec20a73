"""Lists page through exactly the customers their filters mean, forwards and back, at any depth."""

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mirror.reading.listing import Filters, browse, counts, values
from mirror.records import KINDS, REGISTRATIONS, Customer
from mirror.store.engine import Database
from mirror.store.sealing import Keyring
from mirror.store.sqlite import create_databases, open_mirror
from mirror.writing.customers import apply, remove
from tests.conftest import arrival
from tests.fakes.somebody import somebody

pytestmark = pytest.mark.engines

CATEGORIES = (None, "Ouro", "Prata")


def filtered(kind: str, registration: str | None = None, category: str | None = None) -> Filters:
    asked = (("registration", registration), ("category", category))
    return Filters(kind, tuple((name, value) for name, value in asked if value))


FILTERS = [
    filtered(kind, registration, category)
    for kind, registration, category in product(KINDS, (None, *REGISTRATIONS), CATEGORIES)
]


def varied(number: int) -> Customer:
    return Customer(
        external_id=f"C-{number}",
        version=1,
        kind=KINDS[number % 3 == 0],
        registration=REGISTRATIONS[number * 7 % 5],
        category=CATEGORIES[number // 3 % 3],
    )


PEOPLE = [varied(number) for number in range(240)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, keys: Keyring) -> Iterator[Database]:
    directory = tmp_path_factory.mktemp("lists") / "data"
    create_databases(directory, keys)
    db = open_mirror(directory, keys)
    with db.writing() as connection:
        apply(connection, keys, "loja", [arrival(keys, one) for one in PEOPLE], counter=True)
        remove(connection, "loja", [f"C-{number}" for number in range(0, 240, 9)], "sweep")
    yield db
    db.close()


def expected(filters: Filters) -> list[str]:
    """The filters, by hand, newest first."""
    return [
        one.external_id
        for number, one in reversed(list(enumerate(PEOPLE)))
        if number % 9
        and one.kind == filters.kind
        and {"registration": one.registration, "category": one.category} | dict(filters.facets)
        == {"registration": one.registration, "category": one.category}
    ]


def forwards(db: Database, filters: Filters, limit: int) -> Iterator[list[str]]:
    page = browse(db, filters, limit=limit)
    yield [row.external_id for row in page.rows]
    while page.older is not None:
        page = browse(db, filters, before=page.older, limit=limit)
        yield [row.external_id for row in page.rows]


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_all_pages_together_are_exactly_whom_the_filters_mean(shop: Database, filters: Filters):
    pages = list(forwards(shop, filters, 7))
    assert [name for page in pages for name in page] == expected(filters)
    assert all(len(page) == 7 for page in pages[:-1])


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_a_count_is_the_number_of_rows(shop: Database, filters: Filters):
    assert counts(shop, filters) == len(expected(filters))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FILTERS), st.integers(1, 60), st.integers(0, 260))
@example(FILTERS[0], 20, 121)
def test_from_any_place_the_neighbours_are_the_next_and_the_last_ones(
    shop: Database, filters: Filters, limit: int, place: int
):
    ids = {f"C-{number}": number + 1 for number in range(240)}
    whole = expected(filters)

    older = browse(shop, filters, before=place, limit=limit)
    newer = browse(shop, filters, after=place, limit=limit)

    below = [name for name in whole if ids[name] < place]
    above = [name for name in whole if ids[name] > place]
    assert [row.external_id for row in older.rows] == below[:limit]
    assert [row.external_id for row in newer.rows] == above[
        len(above) - limit if limit < len(above) else 0 :
    ]
    assert (older.older is not None) == (len(below) > limit)
    assert (newer.newer is not None) == (len(above) > limit)


def test_the_way_back_shows_the_same_pages(shop: Database):
    filters = Filters("PF")
    page = browse(shop, filters, limit=20)
    there = [page]
    while page.older is not None:
        page = browse(shop, filters, before=page.older, limit=20)
        there.append(page)

    back = [page]
    while page.newer is not None:
        page = browse(shop, filters, after=page.newer, limit=20)
        back.append(page)

    assert len(there) > 5
    assert [[row.id for row in one.rows] for one in reversed(back)] == [
        [row.id for row in one.rows] for one in there
    ]
    assert (there[0].newer, there[-1].older) == (None, None)


def test_the_first_page_has_no_newer_and_the_last_no_older(shop: Database):
    page = browse(shop, filtered("PJ", "active", "Ouro"), limit=50)
    assert (page.older, page.newer) == (None, None)
    assert browse(shop, Filters("PJ"), before=1).rows == []


@pytest.mark.parametrize("place", [2**63, 10**30, -(10**30), -1, 0])
def test_a_place_that_is_no_place_is_an_end_of_the_list(shop: Database, place: int):
    older = browse(shop, Filters("PF"), before=place, limit=500).rows
    newer = browse(shop, Filters("PF"), after=place, limit=500).rows
    everybody = len(expected(Filters("PF")))
    assert (len(older), len(newer)) == ((everybody, 0) if place > 0 else (0, everybody))


def test_categories_are_those_that_have_customers(shop: Database):
    in_use = [
        (name, sum(len(expected(filtered(kind, None, name))) for kind in KINDS))
        for name in ("Ouro", "Prata")
    ]
    assert values(shop, "category") == in_use


def test_a_category_without_customers_leaves_the_filter(mirror_with: Callable[..., Database]):
    db = mirror_with(somebody(1, category="Bronze"), somebody(2, category="Ouro"))
    mirror_with(somebody(1, 2, category=None))
    assert values(db, "category") == [("Ouro", 1)]
    assert counts(db, filtered("PF", category="Bronze")) == 0


def test_a_removed_customer_leaves_list_and_count_together(mirror_with: Callable[..., Database]):
    db = mirror_with(somebody(1), somebody(2), somebody(3))
    with db.writing() as connection:
        remove(connection, "loja", ["C-2"], "sweep")

    assert [row.external_id for row in browse(db, Filters()).rows] == ["C-3", "C-1"]
    assert counts(db, Filters()) == 2


def test_pages_read_while_customers_come_and_go_miss_nobody_who_stays(
    mirror_with: Callable[..., Database],
):
    db = mirror_with(*(somebody(number) for number in range(30)))
    first = browse(db, Filters(), limit=10)

    mirror_with(somebody(100), somebody(25, 2))
    with db.writing() as connection:
        remove(connection, "loja", ["C-19"], "sweep")
    second = browse(db, Filters(), before=first.older, limit=10)

    assert [row.external_id for row in second.rows] == [
        f"C-{number}" for number in (18, 17, 16, 15, 14, 13, 12, 11, 10, 9)
    ]
