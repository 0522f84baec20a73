"""A customer with three of everything is found by each of them, and by none once it is gone."""

from collections.abc import Callable, Iterator

import msgspec
import pytest
from sqlalchemy import func, select

from mirror.identifiers import classify
from mirror.ledger import hints
from mirror.reading.find import find, kin
from mirror.reading.listing import Filters, browse
from mirror.records import Customer
from mirror.store.engine import Database
from mirror.store.tables import lookup, tombstone
from mirror.writing.customers import remove
from tests.fakes.several import MOST, Numbers, several
from tests.fakes.somebody import somebody

Fill = Callable[..., Database]
ONE, OTHER = several(Numbers(7), "PJ", tags=("vip", "novo")), several(Numbers(8), "PJ")
"""The first with labels that lists can be filtered by."""


def numbers_of(customer: Customer) -> Iterator[str]:
    yield from (one.value for one in customer.documents)
    yield from customer.emails
    yield from (one.number for one in customer.phones)
    for contact in customer.contacts:
        assert contact.email
        assert contact.phone
        yield from (contact.email, contact.phone.number)


def holders(db: Database, term: str) -> list[str]:
    return [one.external_id for one in find(db, classify(term))]


def named(db: Database, customer: Customer) -> dict[str, list[str]]:
    return {term: holders(db, term) for term in numbers_of(customer)}


def test_each_number_of_each_kind_leads_to_the_customer(mirror_with: Fill) -> None:
    db = mirror_with(ONE, OTHER)
    assert len(named(db, ONE)) == 5 * MOST
    for customer in (ONE, OTHER):
        assert named(db, customer) == {n: [customer.external_id] for n in numbers_of(customer)}


def test_none_leads_there_once_all_of_them_changed(mirror_with: Fill) -> None:
    db = mirror_with(ONE, OTHER)
    changed = several(Numbers(9), "PJ", external_id=ONE.external_id)
    mirror_with(msgspec.structs.replace(changed, version=2))
    assert set(map(tuple, named(db, ONE).values())) == {()}
    assert named(db, changed) == {n: [ONE.external_id] for n in numbers_of(changed)}
    assert named(db, OTHER) == {n: [OTHER.external_id] for n in numbers_of(OTHER)}


def test_none_leads_there_once_both_are_gone_and_each_does_once_both_are_back(
    mirror_with: Fill,
) -> None:
    db = mirror_with(ONE, OTHER)
    both = [ONE.external_id, OTHER.external_id]
    with db.writing() as connection:
        assert remove(connection, "loja", both, "sweep") == 2
        assert connection.scalar(select(func.count()).select_from(lookup)) == 0
        assert sorted(connection.scalars(select(tombstone.c.external_id))) == sorted(both)
    for customer in (ONE, OTHER):
        assert set(map(tuple, named(db, customer).values())) == {()}
    again = [msgspec.structs.replace(one, version=2) for one in (ONE, OTHER)]
    mirror_with(*again)
    for customer in again:
        assert named(db, customer) == {n: [customer.external_id] for n in numbers_of(customer)}
    with db.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(tombstone)) == 0


def test_whoever_shares_any_document_is_kin(mirror_with: Fill) -> None:
    shared = [somebody(n, documents=ONE.documents[n : n + 1]) for n in range(2)]
    db = mirror_with(ONE, *shared)
    (found,) = find(db, classify(ONE.emails[0]))
    assert {one.external_id for one in kin(db, found)} == {"C-0", "C-1"}


@pytest.mark.parametrize(
    "facet", [("tag", "vip"), ("tag", "novo"), ("group", "b"), ("group", "c"), ("group", "a")]
)
def test_every_label_lists_the_customer(mirror_with: Fill, facet: tuple[str, str]) -> None:
    labelled = msgspec.structs.replace(ONE, groups=("a", "b", "c"))
    db = mirror_with(labelled, OTHER)
    rows = browse(db, Filters("PJ", (facet,))).rows
    assert [one.external_id for one in rows] == [ONE.external_id]


def test_every_customer_hinted_at_is_taken_and_who_is_left_stays(ledger: Database) -> None:
    for name in ("1", "2", "3"):
        hints.put(ledger, "loja", name)
    done = hints.taken(ledger, "loja")
    assert done.ids == ["1", "2", "3"]
    hints.settle(ledger, done, left=["2", "3"])
    assert hints.taken(ledger, "loja").ids == ["2", "3"]
