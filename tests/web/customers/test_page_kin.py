"""The same person in two masters: two records that point at each other, never merged."""

from collections.abc import Callable

from mirror.identifiers import classify
from mirror.reading.find import find, kin
from mirror.records import Document
from mirror.store.engine import Database
from mirror.store.sealing import Found
from tests.fakes.shopfront import open_shop
from tests.fakes.somebody import cpf, somebody


def ids(db: Database, code: str) -> dict[str, Found]:
    return {one.source: one for one in find(db, classify(code)) if one.external_id == code}


def test_two_masters_records_of_one_person_lead_to_each_other(
    mirror_with: Callable[..., Database], ledger: Database
):
    mirror_with(somebody(1, name="Ana Dulce"), source="ploomes")
    shop = open_shop(mirror_with, ledger, somebody(1, name="Ana D. Souza"))
    both = ids(shop.mirror, "C-1")
    client = shop.signed_in()
    for here, there in (("loja", "ploomes"), ("ploomes", "loja")):
        html = client.get(f"/clientes/{both[here].id}").text
        assert ">Mesmo documento</h2>" in html
        assert f'href="/clientes/{both[there].id}"' in html
        assert cpf(100_000_001) not in html
    names = {one.customer.name for one in both.values()}
    assert names == {"Ana Dulce", "Ana D. Souza"}, "neither took the other's name"


def test_whoever_has_no_kin_has_no_such_section(
    mirror_with: Callable[..., Database], ledger: Database
):
    shop = open_shop(mirror_with, ledger, somebody(1), somebody(2))
    html = shop.signed_in().get(f"/clientes/{ids(shop.mirror, 'C-1')['loja'].id}").text
    assert "Mesmo documento" not in html


def test_a_document_with_wrong_digits_makes_no_kin(mirror_with: Callable[..., Database]):
    same = (Document("cpf", "00000000000", valid=False),)
    db = mirror_with(somebody(1, documents=same), somebody(2, documents=same))
    assert kin(db, ids(db, "C-1")["loja"]) == []


def test_kin_are_at_most_twenty(mirror_with: Callable[..., Database]):
    same = (Document("cpf", cpf(7)),)
    db = mirror_with(*(somebody(number, documents=same) for number in range(1, 41)))
    assert len(kin(db, ids(db, "C-1")["loja"])) <= 20
