"""What is typed into the one box finds every customer it may mean, newest first, within a limit."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mirror.identifiers import Query, Reading, classify
from mirror.reading.find import find, get
from mirror.records import Contact, Customer, Document, Phone
from mirror.store.engine import Database
from mirror.writing import quarantine
from mirror.writing.customers import remove
from mirror.writing.quarantine import Refusal
from tests.conftest import arrival
from tests.fakes.clientele import EVERYBODY
from tests.fakes.somebody import cpf, somebody

pytestmark = pytest.mark.engines

Fill = Callable[..., Database]

MARIA = somebody(
    1,
    external_id="C-00123",
    name="Maria Aparecida Sant'Anna dos Reis",
    documents=(Document("cpf", "52998224725"),),
    emails=("maria@exemplo.com.br", "outra@exemplo.com.br"),
    phones=(Phone("+5511987654321", "mobile"), Phone("33224455", "local")),
)
COMPANY = somebody(
    2,
    kind="PJ",
    name="Ipê Amarelo Comércio Ltda",
    trade_name="Boutique Ipê",
    documents=(Document("cnpj", "12ABC34501DE35"),),
    emails=(),
    phones=(Phone("+12025550123", "foreign"),),
    contacts=(Contact("Rosa", None, "rosa@ipe.com.br", Phone("+5581998765432", "mobile")),),
)
STRANGER = somebody(3, documents=(Document("other", "AB123456", False),), phones=(), emails=())
WRONG = somebody(4, documents=(Document("cpf", "52998224724", False),), phones=(), emails=())


@pytest.fixture
def shop(mirror_with: Fill) -> Database:
    return mirror_with(MARIA, COMPANY, STRANGER, WRONG)


def names(db: Database, term: str, **more: str) -> list[str]:
    return [found.external_id for found in find(db, classify(term, **more))]


@pytest.mark.parametrize(
    ("term", "whom"),
    [
        ("529.982.247-25", ["C-00123"]),
        ("52998224725", ["C-00123"]),
        ("529.982.247-24", ["C-4"]),
        ("12.ABC.345/01DE-35", ["C-2"]),
        ("12abc34501de35", ["C-2"]),
        ("AB123456", ["C-3"]),
        ("maria@exemplo.com.br", ["C-00123"]),
        ("  MARIA@Exemplo.com.br ", ["C-00123"]),
        ("outra@exemplo.com.br", ["C-00123"]),
        ("rosa@ipe.com.br", ["C-2"]),
        ("(11) 98765-4321", ["C-00123"]),
        ("+55 11 98765-4321", ["C-00123"]),
        ("98765-4321", ["C-00123"]),
        ("3322-4455", ["C-00123"]),
        ("+1 202 555 0123", ["C-2"]),
        ("(81) 99876-5432", ["C-2"]),
        ("C-00123", ["C-00123"]),
        ("c-00123", ["C-00123"]),
        ("maria reis", ["C-00123"]),
        ("REIS Maria", ["C-00123"]),
        ("santanna", ["C-00123"]),
        ("ipe amarelo", ["C-2"]),
        ("boutique", ["C-2"]),
        ("maria amarelo", []),
        ("ninguem@exemplo.com.br", []),
        ("(21) 98765-4321", []),
        ("111.444.777-35", []),
    ],
)
def test_every_kind_of_term_finds_whom_it_means(shop: Database, term: str, whom: list[str]):
    assert names(shop, term) == whom


def test_a_number_that_is_a_cpf_and_a_telephone_finds_both(mirror_with: Fill):
    number = "11987654322"  # as a CPF its check digits are wrong; as a telephone it is right
    db = mirror_with(
        somebody(1, documents=(), phones=(Phone(f"+55{number}", "mobile"),)),
        somebody(2, documents=(Document("cpf", number, False),), phones=()),
    )
    assert names(db, number) == ["C-2", "C-1"]


def test_a_short_number_finds_the_code_and_the_telephone(mirror_with: Fill):
    db = mirror_with(
        somebody(1, external_id="33224455", phones=()),
        somebody(2, phones=(Phone("+551133224455", "landline"),)),
        somebody(3, phones=(Phone("+551133224456", "landline"),)),
    )
    assert names(db, "33224455") == ["C-2", "33224455"]


def test_a_telephone_without_area_finds_everybody_whose_number_ends_so(mirror_with: Fill):
    db = mirror_with(
        somebody(1, phones=(Phone("+5511987654321", "mobile"),)),
        somebody(2, phones=(Phone("+5521987654321", "mobile"),)),
        somebody(3, phones=(Phone("+5521987654322", "mobile"),)),
    )
    assert names(db, "98765-4321") == ["C-2", "C-1"]
    assert names(db, "(21) 98765-4321") == ["C-2"]
    assert names(db, "98765-4321", default_ddd="21") == ["C-2", "C-1"]


def test_a_customer_found_twice_is_listed_once(mirror_with: Fill):
    db = mirror_with(somebody(1, name="Ana Ana", trade_name="Ana", emails=("ana@a.com",) * 2))
    twice = classify("ana@a.com").readings * 2
    assert len(find(db, Query(twice, None))) == 1


def test_a_name_must_have_all_the_words_and_may_have_more(mirror_with: Fill):
    db = mirror_with(
        somebody(1, name="Maria Silva"),
        somebody(2, name="Maria da Silva Souza"),
        somebody(3, name="Maria Souza"),
        somebody(4, name="José", trade_name="Silva Maria"),
    )
    assert names(db, "maria silva") == ["C-1", "C-4", "C-2"]  # who has no other word comes first
    assert names(db, "maria silva souza") == ["C-2"]
    assert names(db, "zari silva") == []


def test_only_so_many_are_returned_and_those_are_the_newest(mirror_with: Fill):
    db = mirror_with(
        *(somebody(number, name="Ana Souza", emails=("casa@a.com",)) for number in range(30))
    )
    for term in ("ana souza", "souza", "casa@a.com"):
        found = find(db, classify(term), limit=7)
        assert [one.external_id for one in found] == [f"C-{n}" for n in range(29, 22, -1)], term


def test_a_changed_customer_is_found_by_what_it_is_now(mirror_with: Fill):
    mirror_with(MARIA)
    db = mirror_with(
        somebody(
            1,
            2,
            external_id="C-00123",
            name="Maria Lima",
            emails=("nova@exemplo.com.br",),
            documents=(),
            phones=(),
        )
    )
    for term in ("maria@exemplo.com.br", "52998224725", "(11) 98765-4321", "maria reis"):
        assert names(db, term) == [], term
    for term in ("nova@exemplo.com.br", "maria lima"):
        assert names(db, term) == ["C-00123"], term


def test_a_customer_that_is_gone_vanishes_from_every_search(shop: Database):
    was = find(shop, classify("maria reis"))[0].id
    with shop.writing() as connection:
        remove(connection, "loja", ["C-00123"], "sweep")

    for term in ("maria reis", "52998224725", "maria@exemplo.com.br", "C-00123", "98765-4321"):
        assert names(shop, term) == [], term
    assert get(shop, was) is None


def test_what_was_found_is_the_whole_customer_and_its_version(shop: Database):
    (found,) = find(shop, classify("maria@exemplo.com.br"))
    assert found.customer == MARIA
    assert (found.source, found.external_id, found.version) == ("loja", "C-00123", 1)
    assert get(shop, found.id) == found


def test_what_could_not_be_read_since_is_told_with_the_customer(shop: Database):
    (found,) = find(shop, classify("C-00123"))
    assert found.problem is None
    with shop.writing() as connection:
        refusal = Refusal("C-00123", "C-00123", "emails", "not_text", b"x" * 16, b"{}")
        quarantine.put(connection, shop.keys, "loja", [refusal])

    known = get(shop, found.id)
    assert known is not None
    assert known.problem == ("emails", "not_text")


@pytest.mark.parametrize("row_id", [0, -1, 999, 2**63, 10**30, -(10**30)])
def test_an_id_that_nobody_has_finds_nobody(shop: Database, row_id: int):
    assert get(shop, row_id) is None


def test_nothing_understood_finds_nobody(shop: Database):
    assert find(shop, Query((), "nothing_understood")) == []
    assert find(shop, Query((Reading("name", "de da", "nome"),), None)) == []


def test_every_field_of_a_customer_survives_the_mirror(mirror_with: Fill):
    db = mirror_with(*EVERYBODY)
    for customer in EVERYBODY:
        (found,) = find(db, classify(customer.external_id))
        assert found.customer == customer


def test_an_instant_comes_back_to_the_microsecond(mirror_with: Fill):
    at = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
    db = mirror_with(somebody(1, last_purchase_at=at, updated_at=at))
    found = find(db, classify("C-1"))[0].customer
    assert (found.last_purchase_at, found.updated_at) == (at, at)


def test_customers_of_several_sources_are_found_together(mirror_with: Fill, keys):
    mirror_with(somebody(1, emails=("x@x.com",)))
    db = mirror_with(somebody(1, emails=("x@x.com",)), source="outra")
    found = find(db, classify("x@x.com"))
    assert [(one.source, one.external_id) for one in found] == [("outra", "C-1"), ("loja", "C-1")]
    assert arrival(keys, found[0].customer, "outra").keys == arrival(keys, found[1].customer).keys


def test_a_cpf_is_found_among_many(mirror_with: Fill):
    people = [somebody(number) for number in range(300)]
    db = mirror_with(*people)
    for number in (0, 17, 299):
        assert names(db, cpf(100_000_000 + number)) == [f"C-{number}"]


def test_a_customer_without_anything_is_found_by_its_code(mirror_with: Fill):
    db = mirror_with(Customer(external_id="X:1", version=1))
    assert names(db, "X:1") == ["X:1"]
