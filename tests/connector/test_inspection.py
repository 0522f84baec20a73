"""A look through every stream of a master: what its map does not know, read or find; no value."""

from collections.abc import Iterator
from typing import Any

import pytest

from config.assemble import merged, preset
from connector.inspection import Seen, survey
from connector.sandbox import Sandbox
from connector.sources.checks import definition
from connector.sources.rest import RestSource, open_source
from mirror.records import CUSTOMERS, STREAMS
from tests.fakes.fake_master import FakeMaster, Reply
from tests.fakes.master import Master, at, down, record, source
from tests.fakes.omni_master import Omni, customer, done
from tests.fakes.omni_master import source as omni_source
from tests.fakes.presets_bling import Bling
from tests.fakes.presets_magento import Magento
from tests.fakes.presets_nuvemshop import Nuvemshop
from tests.fakes.presets_omie import Omie
from tests.fakes.presets_ploomes import Ploomes, contact
from tests.fakes.presets_ploomes import source as ploomes_source
from tests.fakes.presets_protheus import Protheus
from tests.fakes.presets_sap import SapB1
from tests.fakes.presets_shopify import Shopify
from tests.fakes.presets_tiny import TinyV2, TinyV3
from tests.fakes.presets_vtex import Vtex
from tests.fakes.presets_woocommerce import WooCommerce
from tests.fakes.sell import Sell, deal
from tests.fakes.sell import contact as sell_contact
from tests.fakes.sell_source import source as sell_source
from tests.fakes.stores import Remembering

SHOPS: tuple[Any, ...] = (Vtex, Nuvemshop, Shopify, WooCommerce, Magento, SapB1)
SYSTEMS: tuple[Any, ...] = (Bling, TinyV2, TinyV3, Omie, Protheus)
STAMP = "2024-06-01T12:00:00Z"


@pytest.fixture
def sell() -> Iterator[Sell]:
    with Sell().running() as account:
        yield account


@pytest.fixture
def omni() -> Iterator[Omni]:
    with Omni().running() as made:
        yield made


def surveyed(made: Any) -> dict[str, Seen]:
    return {one.stream: one for one in survey(made, made._definition)}


def look(*records: dict[str, Any], **over: Any) -> Seen:
    """At the customers of a master on paper."""
    return surveyed(source(Master(*records, size=100), **over))[CUSTOMERS]


def words(seen: Seen) -> dict[tuple[str, str], int]:
    return {(one.place, one.word): one.records for one in seen.words}


def unread(seen: Seen) -> dict[str, str]:
    return {one.path: one.looks for one in seen.unread}


# --- every master ----------------------------------------------------------------------------


@pytest.fixture(params=[*SHOPS, *SYSTEMS], ids=lambda kind: kind.preset)
def master(request: pytest.FixtureRequest) -> Iterator[FakeMaster]:
    with request.param().running() as made:
        for number in range(1, 31):
            (made.add if request.param in SHOPS else made.put)(number)
        yield made


def test_every_preset_s_master_is_looked_through_and_understood(master: Any):
    seen = surveyed(master.source())[CUSTOMERS]

    assert (seen.problem, seen.refused, seen.older) == (None, [], 0)
    assert seen.looked > 0
    assert "name" not in dict(seen.never)
    assert words(seen) == {}


def test_the_sandbox_is_looked_through_stream_by_stream():
    with Sandbox(customers=300, seed=7, token="t").running() as url:
        made = definition(merged(preset("omni"), {"limits": {"per_minute": 10**6}}), "loja")
        opened = open_source("loja", made, url, {"token": "t"}, Remembering(), allow_insecure=True)
        seen = survey(opened, made)
        opened.close()

    assert [one.stream for one in seen] == [CUSTOMERS, *STREAMS]
    assert all(one.looked and one.since and not one.problem for one in seen)
    assert all(not one.never for one in seen[1:])


def test_sell_is_looked_through_by_its_lists(sell: Sell):
    sell.put(*(sell_contact(n) for n in range(1, 4)))
    sell.put_deals(*(deal(n) for n in range(1, 3)))

    seen = surveyed(sell_source(sell))

    assert list(seen) == ["customers", "deals"]
    assert all(one.looked and not one.problem for one in seen.values())


def test_ploomes_tells_the_words_of_every_stream():
    with Ploomes().running() as account:
        account.put(*(contact(n) for n in range(1, 4)))
        seen = surveyed(ploomes_source(account))
    assert {*seen} >= {"customers", "orders", "deals"}
    assert not any(one.problem for one in seen.values())


# --- words -----------------------------------------------------------------------------------


def test_words_of_two_pages_and_of_what_changed_are_counted_in_every_stream(omni: Omni):
    omni.size = 2
    for number in range(1, 8):
        stamp = f"2024-06-01T12:00:{number:02}Z"
        omni.put(("customers", customer(number, stamp, status="BLOQ")))
        more = {"placed_at": stamp, "status": "EMBALADO", "type": "Consignação"}
        omni.put(("orders", done(number, number, stamp, **more)))

    seen = surveyed(omni_source(omni))

    assert (seen[CUSTOMERS].looked, seen[CUSTOMERS].pages, seen[CUSTOMERS].since) == (4, 3, 2)
    assert words(seen[CUSTOMERS]) == {("map.registration", "BLOQ"): 4}
    assert words(seen["orders"]) == {
        ("activity.orders.map.kind", "Consignação"): 4,
        ("activity.orders.map.state", "EMBALADO"): 4,
    }


def test_what_is_no_vocabulary_is_not_told():
    people = [record(n, status=f"Pessoa{n} da Silva{n}") for n in range(1, 31)]
    seen = look(*people)

    assert words(seen) == {("map.registration", ""): 30}
    assert "Silva" not in repr(seen)


# --- what the map does not read, or never finds -------------------------------------------------


def person(number: int, **more: Any) -> dict[str, Any]:
    return record(number, **more)


def test_what_is_not_read_is_told_by_its_place_and_what_it_looks_like():
    cpf = ("52998224725", "11144477735", "39053344705", "15350946056")
    people = [
        person(
            n,
            contato={"email2": f"outra{n}@exemplo.com.br", "recado": f"1198765432{n}"},
            papeis=[{"numero": cpf[n - 1]}],
            inscricaoEstadual=f"11.22{n}",
            situacao="LIBERADO" if n % 2 else "SUSPENSO",
            cidadeNatal="Recife",
            contagem=n,
            observacao=f"uma frase {n}",
        )
        for n in range(1, 5)
    ]
    found = unread(look(*people))

    assert found == {
        "contato.email2": "an e-mail",
        "contato.recado": "a telephone",
        "papeis[].numero": "a document",
        "inscricaoEstadual": "a document",
        "situacao": "a word",
        "cidadeNatal": "an address",
    }


def test_what_the_map_reads_is_not_told_and_objects_are_read_part_by_part():
    people = [
        person(n, phones=[{"number": "11987654321", "tipo": "x", "fone_antigo": "1133334444"}])
        for n in range(1, 5)
    ]
    assert unread(look(*people)) == {"phones[].fone_antigo": "a telephone"}


def test_a_key_that_may_say_who_somebody_is_is_not_told():
    people = [
        person(
            n,
            **{
                f"fone_{n}{n}{n}{n}{n}": "11987654321",
                f"ana{n}@exemplo.com.br": "11987654321",
                "Ana Souza": "11987654321",
            },
        )
        for n in range(1, 5)
    ]
    seen = look(*people, *(person(9 + n, **{f"fone_ana{n}": "11987654321"}) for n in range(2)))
    assert seen.unread == []
    assert "ana" not in repr(seen).lower()


def test_no_value_is_told():
    people = [
        person(n, cpf="52998224725", doc2="11144477735", extra_mail=f"z{n}@exemplo.com.br")
        for n in range(1, 5)
    ]
    told = repr(look(*people))
    for value in ("529", "111444", "exemplo", "Cliente", "z1"):
        assert value not in told


def test_parts_of_the_map_that_never_found_anything_are_told_with_their_paths():
    seen = look(
        *(record(n, addresses=[{"street": "Rua A"}], cpf="", rg=None) for n in range(1, 4)),
        map={"tags": "etiquetas", "category": ["categoria", "classe"]},
    )
    never = dict(seen.never)

    assert never["tags"] == "etiquetas"
    assert never["category"] == "categoria, classe"
    assert never["addresses.city"] == "city"
    assert "addresses.street" not in never
    assert never["contacts"] == "contacts"  # none of a list: the list
    assert not never.keys() & {"name", "emails", "kind", "registration"}


def test_an_object_alone_is_as_good_as_a_list():
    seen = look(record(1, addresses={"street": "Rua A"}))
    assert "addresses.street" not in dict(seen.never)


def test_of_no_record_nothing_is_said():
    seen = look()
    assert (seen.looked, seen.never, seen.unread, seen.words) == (0, [], [], [])


# --- what cannot be read -----------------------------------------------------------------------


def test_records_that_cannot_be_read_are_told_by_field_and_rule():
    seen = look(record(1, v="x"), record(2), record(3, id=""), record(4, notes=7.5))
    assert dict(seen.refused) == {"version: not_a_counter": 1, "id: missing": 1}


def test_a_stream_that_refuses_is_told_and_the_others_are_looked_at(omni: Omni):
    answer = omni.answer
    omni.answer = lambda call: (  # type: ignore[method-assign]
        Reply({"error": "no"}, 403) if call.path.endswith("/orders") else answer(call)
    )
    omni.put(("customers", customer(1, STAMP)))
    seen = surveyed(omni_source(omni))

    assert "403" in (seen["orders"].problem or "")
    assert [name for name, one in seen.items() if one.problem] == ["orders"]
    assert seen[CUSTOMERS].looked == 1


def test_a_master_that_fails_when_asked_for_changes_is_told():
    master = Master(*(record(n) for n in range(1, 4)))
    master.before_page = lambda page: down() if "updated_since" in master.asked[-1] else None

    seen = surveyed(source(master))[CUSTOMERS]

    assert seen.problem == "Asked for what changed: http://master.example cannot be reached."
    assert seen.looked == 3


def test_changes_that_are_older_than_what_was_asked_for_are_told():
    master = Master(*(record(n, updated_at=at(n * 200_000)) for n in range(1, 9)), size=4)
    assert surveyed(source(master))[CUSTOMERS].older == 0

    deaf = source(master, stream={"since": {"query": {"updated_since": "", "wanted": "{since}"}}})
    assert surveyed(deaf)[CUSTOMERS].older == 4


def test_where_each_costs_a_request_few_are_looked_at():
    with Bling().running() as system:
        system.put(*range(1, 101))
        made: RestSource = system.source()
        begun = made.requests
        seen = surveyed(made)[CUSTOMERS]
        asked = made.requests - begun
    assert seen.looked <= 60
    assert asked <= 70
