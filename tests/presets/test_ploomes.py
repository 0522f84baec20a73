"""Following Ploomes: everybody, once, by key or by its links; its words; what it never hears."""

from collections.abc import Iterator
from datetime import date

import pytest

from connector.http import BadAnswer
from mirror.records import Address, Customer, Document
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.fake_master import Call, Reply, Stranger
from tests.fakes.looking import customers, graves, point, versions
from tests.fakes.presets_ploomes import Ploomes, contact, other, source

EMPTY = Reply({"@odata.context": "…", "value": []})
LISTS = "GET /Contacts\\?"
LOOKUPS = 3


@pytest.fixture
def ploomes() -> Iterator[Ploomes]:
    with Ploomes().running() as account:
        account.put(*(contact(number) for number in range(1, 701)))
        yield account


def numbers(db: Database) -> list[int]:
    return sorted(map(int, versions(db)))


def only(db: Database) -> Customer:
    (found,) = customers(db)
    return found


def company(**changed: object) -> dict[str, object]:
    """A company with everything that is read of it."""
    phones = [
        {"PhoneNumber": "(11) 3842-6671", "TypeId": 1, "Type": {"Id": 1, "Name": "Comercial"}},
        {"PhoneNumber": "(11) 98765-4321", "TypeId": 2, "Type": {"Id": 2, "Name": "Celular"}},
    ]
    own = [
        other("contact_A51D-D354", StringValue="cobranca@sol.example"),
        other("contact_77AA-0001", ObjectValueId=7, ObjectValueName="Pães", IntegerValue=7),
        other("contact_77AA-0001", ObjectValueId=9, ObjectValueName="Bolos", IntegerValue=9),
        other("contact_NEW", BoolValue=True),
        other("contact_DAY", DateTimeValue="2022-12-15T00:00:00-03:00"),
    ]
    return contact(
        9,
        TypeId=1,
        Name="Padaria Sol Nascente",
        LegalName="Sol Nascente Panificação Ltda",
        Register="11222333000181",
        CNPJ="11.222.333/0001-81",
        StatusId=10003458,
        Email="financeiro@solnascente.example; Ana@SolNascente.example",
        StreetAddress="Rua das Acácias",
        StreetAddressNumber="120",
        Neighborhood="Centro",
        ZipCode=1310100,
        City={"Id": 3550308, "Name": "São Paulo", "State": {"Short": "SP"}},
        Owner={"Id": 10003850, "Name": "Vendedora Um"},
        Phones=phones,
        Tags=[{"TagId": 935, "Tag": {"Id": 935, "Name": "Atacado"}}],
        OtherProperties=own,
        **changed,
    )


def test_everybody_arrives_once(mirror_db: Database, follow: Follow, ploomes: Ploomes):
    report = follow(source(ploomes))

    assert (report.ok, report.figures.added, report.figures.received) == (True, 700, 700)
    assert numbers(mirror_db) == list(range(1, 701))
    # Three pages, the empty one, the third and the empty one again.
    assert report.figures.requests == LOOKUPS + 6
    assert {call.query["$top"] for call in ploomes.asked("GET /Contacts")[2:]} == {"300"}


def test_a_run_that_finds_nothing_changed_asks_one_page(
    mirror_db: Database, follow: Follow, ploomes: Ploomes
):
    ploomes.put(contact(700, LastUpdateDate="2024-03-20T11:58:31.917-03:00"))
    follow(source(ploomes))
    report = follow(source(ploomes))

    assert report.figures.requests == LOOKUPS + 2  # the newest again, and nothing after it
    assert (report.figures.added, report.figures.changed) == (0, 0)
    asked = ploomes.asked("GET /Contacts")[-2].query["$filter"]
    begin = "2024-03-20T11:48:31.917000-03:00"
    assert asked == f"Id gt 0 and (LastUpdateDate ge {begin} or CreateDate ge {begin})"
    assert point(mirror_db).cursor == "2024-03-20T11:58:31.917-03:00"


def test_a_company_is_read_whole(mirror_db: Database, follow: Follow, ploomes: Ploomes):
    ploomes.contacts = {9: company()}
    assert follow(source(ploomes)).ok

    found = only(mirror_db)
    assert (found.kind, found.name) == ("PJ", "Sol Nascente Panificação Ltda")
    assert found.trade_name == "Padaria Sol Nascente"
    assert found.documents == (Document("cnpj", "11222333000181"),)
    assert found.emails == ("financeiro@solnascente.example", "ana@solnascente.example")
    assert [(one.number, one.label) for one in found.phones] == [
        ("+551138426671", "Comercial"),
        ("+5511987654321", "Celular"),
    ]
    assert found.addresses == (
        Address(
            street="Rua das Acácias",
            number="120",
            district="Centro",
            city="São Paulo",
            state="SP",
            postal_code="01310100",
        ),
    )
    assert (found.tags, found.seller) == (("Atacado",), "Vendedora Um")
    assert found.customer_since == date(2023, 11, 4)  # in the account's zone, not in UTC
    assert found.extras == {
        "E-mail de cobrança": "cobranca@sol.example",
        "Interesses": "Pães, Bolos",
        "contact_NEW": "sim",
        "contact_DAY": "2022-12-15",
    }
    assert found.flags == ()


def test_a_person_has_the_name_once_and_a_cpf_wherever_it_was_put(
    mirror_db: Database, follow: Follow, ploomes: Ploomes
):
    person = contact(3, Register="529.982.247-25", Birthday="1990-05-13T00:00:00-03:00")
    ploomes.contacts = {3: person | {"Company": {"Id": 9, "Name": "Padaria Sol Nascente"}}}
    follow(source(ploomes))

    found = only(mirror_db)
    assert (found.kind, found.name, found.trade_name) == ("PF", "Cliente 3", None)
    assert found.documents == (Document("cpf", "52998224725"),)
    assert found.birth_date == date(1990, 5, 13)
    assert found.extras == {"Empresa": "Padaria Sol Nascente"}


@pytest.mark.parametrize(
    ("number", "registration", "shown"),
    [
        (10003456, "active", None),
        (10003457, "inactive", None),
        (10003458, "unknown", "Prospecção"),
        (10003459, "unknown", "Descartado"),
        (10009999, "unknown", "10009999"),
        (None, "unknown", None),
    ],
)
def test_a_status_is_what_the_account_calls_it(
    mirror_db: Database,
    follow: Follow,
    ploomes: Ploomes,
    number: int | None,
    registration: str,
    shown: str | None,
):
    ploomes.contacts = {1: contact(1, StatusId=number)}
    follow(source(ploomes))

    found = only(mirror_db)
    assert (found.registration, found.registration_received) == (registration, shown)


def test_a_field_of_the_shop_may_stand_for_the_status(
    mirror_db: Database, follow: Follow, ploomes: Ploomes
):
    row = other("contact_77AA-0002", ObjectValueName="Em recuperação")
    ploomes.contacts = {1: contact(1, OtherProperties=[row])}
    path = "OtherProperties[FieldKey=contact_77AA-0002].ObjectValueName"
    follow(source(ploomes, map={"registration": {"path": path}}))

    assert only(mirror_db).registration_received == "Em recuperação"


@pytest.mark.parametrize("host", ["", "http://public6-api2.ploomes.com"])
def test_its_links_are_followed_to_the_address_that_was_configured(
    mirror_db: Database, follow: Follow, ploomes: Ploomes, host: str
):
    ploomes.link_host = host

    assert follow(source(ploomes)).figures.added == 700
    assert [call.query.get("$skip") for call in ploomes.asked("GET /Contacts")[2:5]] == [
        None,
        "300",
        "600",
    ]


def test_a_link_to_somebody_else_is_not_followed(
    mirror_db: Database, follow: Follow, ploomes: Ploomes
):
    with Stranger().running() as stranger:
        ploomes.link_host = stranger.url
        report = follow(source(ploomes))

    assert not report.ok
    assert "another address" in report.sentence
    assert numbers(mirror_db) == []
    assert graves(mirror_db) == {}


def test_a_redirect_to_somebody_else_is_not_followed(follow: Follow, ploomes: Ploomes):
    with Stranger().running() as stranger:
        away = Reply({}, 302, {"Location": f"{stranger.url}/Contacts"})
        ploomes.faults.append((LISTS, away))
        report = follow(source(ploomes))

    assert not report.ok
    assert "redirects" in report.sentence


def test_a_wrong_key_is_told(follow: Follow, ploomes: Ploomes):
    report = follow(source(ploomes, key="B2"))

    assert not report.ok
    assert "refused the credentials (401)" in report.sentence


def test_pages_cut_short_without_a_word_lose_nobody(
    mirror_db: Database, follow: Follow, ploomes: Ploomes
):
    ploomes.most = 130

    assert follow(source(ploomes)).figures.added == 700


def test_an_import_under_one_timestamp_arrives_whole(
    mirror_db: Database, follow: Follow, ploomes: Ploomes
):
    follow(source(ploomes))
    stamp = "2024-03-20T11:58:31.9-03:00"
    ploomes.put(*(contact(number, LastUpdateDate=stamp) for number in range(1_000, 1_650)))

    assert follow(source(ploomes)).figures.added == 650
    assert follow(source(ploomes)).figures.added == 0


@pytest.mark.parametrize("fraction", ["", ".4", ".45", ".457"])
def test_seconds_have_none_to_three_digits(
    mirror_db: Database, follow: Follow, ploomes: Ploomes, fraction: str
):
    stamp = f"2024-03-20T11:58:31{fraction}-03:00"
    ploomes.put(contact(5, LastUpdateDate=stamp))
    follow(source(ploomes))

    assert point(mirror_db).cursor == stamp
    micros = int(f"{fraction.removeprefix('.'):0<6}")
    assert versions(mirror_db)["5"] % 1_000_000 == micros


def test_who_is_deleted_while_a_listing_is_read_hides_nobody(
    mirror_db: Database, follow: Follow, ploomes: Ploomes
):
    pages = iter([lambda: None, lambda: [ploomes.contacts.pop(one) for one in range(1, 51)]])
    ploomes.before = lambda call: next(pages, lambda: None)()
    follow(source(ploomes))

    assert set(numbers(mirror_db)) >= set(range(51, 701))


# --- asked too much --------------------------------------------------------------------------


def test_an_empty_list_in_the_middle_ends_no_listing(
    mirror_db: Database, follow: Follow, ploomes: Ploomes
):
    ploomes.faults += [(f"{LISTS}.*Id\\+gt\\+300", EMPTY)]

    assert follow(source(ploomes)).figures.added == 700


def test_an_empty_list_in_the_middle_of_a_sweep_takes_nobody_for_gone(
    mirror_db: Database, follow: Follow, ploomes: Ploomes
):
    follow(source(ploomes))
    del ploomes.contacts[7]
    ploomes.faults += [(f"{LISTS}.*Id\\+gt\\+600", EMPTY)]
    report = follow(source(ploomes), full=True)

    assert (report.ok, report.figures.gone) == (True, 1)
    assert graves(mirror_db) == {"7": "sweep"}


def test_empty_lists_that_do_not_end_fail_the_sweep_and_take_nobody_for_gone(
    mirror_db: Database, follow: Follow, ploomes: Ploomes
):
    follow(source(ploomes))

    def empties(call: Call) -> None:
        if "gt 300" in call.query["$filter"]:
            ploomes.contacts.clear()

    ploomes.before = empties
    report = follow(source(ploomes), full=True)

    assert not report.ok
    assert "empty pages" in report.sentence
    assert len(numbers(mirror_db)) == 700


def test_a_429_is_waited_out(mirror_db: Database, follow: Follow, ploomes: Ploomes):
    ploomes.faults.append((LISTS, Reply({}, 429, {"Retry-After": "37"})))
    before = ploomes.time.now
    report = follow(source(ploomes))

    assert (report.ok, report.figures.added) == (True, 700)
    assert ploomes.time.now - before >= 37 + 60


def test_a_429_for_ever_keeps_what_was_read(mirror_db: Database, follow: Follow, ploomes: Ploomes):
    ploomes.faults += [(f"{LISTS}.*Id\\+gt\\+300", Reply({}, 429))] * 9
    report = follow(source(ploomes))

    assert not report.ok
    assert "429" in report.sentence
    assert len(numbers(mirror_db)) == 300
    assert point(mirror_db).cursor is None


def test_an_account_that_is_asked_for_small_pages_is_not_asked_too_often(
    follow: Follow, ploomes: Ploomes
):
    follow(source(ploomes, stream={"page": {"size": 3}}))

    assert len(ploomes.calls) > 230
    assert ploomes.time.now > 120
    times = [call.at for call in ploomes.calls]
    assert max(sum(at - 60 < one <= at for one in times) for at in times) <= 96


def test_tables_that_come_empty_fail_the_run(mirror_db: Database, follow: Follow, ploomes: Ploomes):
    ploomes.faults.append(("GET /Contacts@Status", EMPTY))
    report = follow(source(ploomes))

    assert not report.ok
    assert "lookup 'status'" in report.sentence


def test_one_is_asked_for_alone_and_an_empty_answer_takes_nobody_for_gone(
    mirror_db: Database, follow: Follow, ploomes: Ploomes
):
    opened = source(ploomes)
    (raw,) = opened.one("5").records

    assert b'"Name":"Cliente 5"' in raw
    with pytest.raises(BadAnswer, match="A sweep will tell"):
        opened.one("9999")


# --- gone ------------------------------------------------------------------------------------


def test_a_sweep_finds_who_was_deleted_and_who_was_discarded_stays(
    mirror_db: Database, follow: Follow, ploomes: Ploomes
):
    follow(source(ploomes))
    del ploomes.contacts[7], ploomes.contacts[700]
    ploomes.put(contact(8, StatusId=10003459))  # without a newer date
    report = follow(source(ploomes), full=True)

    assert (report.figures.gone, report.figures.changed) == (2, 1)
    assert graves(mirror_db) == {"7": "sweep", "700": "sweep"}
    assert report.figures.requests == LOOKUPS + 6


def test_by_links_a_sweep_that_misses_somebody_reads_twice(follow: Follow, ploomes: Ploomes):
    ploomes.link_host = ""
    opened = source(ploomes)
    follow(opened)
    del ploomes.contacts[7]
    begun = opened.requests

    assert follow(opened, full=True).figures.gone == 1
    assert len(ploomes.calls) - begun == (LOOKUPS + 6) * 2


def test_a_sweep_that_finds_everybody_reads_once(follow: Follow, ploomes: Ploomes):
    follow(source(ploomes))

    assert follow(source(ploomes), full=True).figures.requests == LOOKUPS + 6


# --- while it is read ------------------------------------------------------------------------


def test_who_changes_behind_the_back_of_a_long_listing_comes_with_the_next_run(
    mirror_db: Database, follow: Follow, ploomes: Ploomes
):
    def change(call: Call) -> None:
        changed = {"Id gt 300": (5, 300), "Id gt 600": (650, 3_000)}
        if found := changed.get(call.query["$filter"]):
            number, ploomes.time.now = found
            stamp = ploomes.time.wall.isoformat()
            ploomes.put(contact(number, Name="Novo", LastUpdateDate=stamp))

    ploomes.before = change
    assert follow(source(ploomes)).ok
    ploomes.before = lambda call: None
    assert follow(source(ploomes)).ok

    assert sum(one.name == "Novo" for one in customers(mirror_db)) == 2
