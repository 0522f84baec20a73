"""One customer's page: every section of the seed's screen, masked, true to the master."""

import re
from datetime import UTC, datetime
from html import unescape

import msgspec
import pytest

from mirror.records import Address, Customer, Loyalty
from tests.fakes.clientele import BAD_CPF, COMPANY, DEUZENIR, HOSTILE, SECRETS
from tests.fakes.shopfront import Shopfront

JSON = {"Accept": "application/json"}


def page(shop: Shopfront, customer: Customer = DEUZENIR) -> str:
    return shop.signed_in().get(f"/clientes/{shop.id_of(customer)}").text


def test_every_section_of_the_screen_is_there(shop: Shopfront) -> None:
    html = page(shop)
    for title in (
        "E-mail e telefone",
        "Dados Pessoais",
        "Histórico de Atividade",
        "Observações",
        "Endereços",
        "Dependentes",
        "Status de Ativação / Pontos",
        "Outros Dados",
    ):
        assert f">{title}</h2>" in html
    for shown in ("Ativo", "Consultor", "Feminino", "12/09/2019", "Tamanho de camiseta", "Filha"):
        assert shown in html


@pytest.mark.parametrize("customer", [DEUZENIR, COMPANY])
def test_no_full_value_is_in_the_page(shop: Shopfront, customer: Customer) -> None:
    html = unescape(page(shop, customer))
    assert not [secret for secret in SECRETS if secret in html]


def test_it_says_when_the_master_changed_it_in_brasilia_time(shop: Shopfront) -> None:
    assert "20/11/2026 14:32" in page(shop)


def test_edit_is_there_disabled_and_leads_to_the_master(shop: Shopfront) -> None:
    html = page(shop)
    assert 'aria-disabled="true" aria-describedby="why-edit"' in html
    assert 'href="https://origem.exemplo/clientes/446735"' in html


@pytest.mark.parametrize(
    ("received", "shown"),
    [
        ("F", "Feminino"),
        ("m", "Masculino"),
        ("FEMALE", "Feminino"),
        ("O", "Outro"),
        ("Não binário", "Não binário"),
    ],
)
def test_a_gender_is_said_in_words(shop: Shopfront, received: str, shown: str) -> None:
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, gender=received))
    assert f"<dd>{shown}</dd>" in page(shop)


@pytest.mark.parametrize(
    ("received", "shown"),
    [
        ("1500.0", "1.500"),
        ("7654321.89", "7.654.321,89"),
        ("-0.5", "-0,5"),
        ("true", "Sim"),
        ("1.500", "1.500"),
        ("2024", "2024"),
        ("1.2.3", "1.2.3"),
        ("007.5", "007.5"),
    ],
)
def test_an_own_field_s_number_is_said_as_brazilians_do(
    shop: Shopfront, received: str, shown: str
) -> None:
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, extras={"Saldo": received}))
    client = shop.signed_in()
    address = f"/clientes/{shop.id_of(DEUZENIR)}"
    assert f"<bdi>{shown}</bdi>" in client.get(address).text
    copied = client.post(
        f"{address}/revelar", data={"field": "extra-0", "reason": "nota"}, headers=JSON
    )
    assert (copied.json or {})["value"] == shown


def test_points_are_a_meter_with_words(shop: Shopfront) -> None:
    html = page(shop)
    assert (
        '<meter id="points" min="0" max="1500" value="1250" aria-label="Pontos até Ouro">' in html
    )
    assert "1.250</span> pontos" in html
    assert "250</b> para Ouro" in html


def test_a_tier_without_a_next_one_has_no_meter(shop: Shopfront) -> None:
    top = msgspec.structs.replace(DEUZENIR, version=2, loyalty=Loyalty(9000, "Ouro"))
    shop.write(top)
    html = page(shop)
    assert "9.000</span> pontos" in html
    assert "<meter" not in html


def test_the_main_address_comes_first_and_shows_only_the_city(shop: Shopfront) -> None:
    html = page(shop)
    assert html.index("São Paulo/SP") < html.index("Campinas/SP")
    assert 'value="address-1"' in html[: html.index("Campinas/SP")]


def test_an_address_says_its_situation_and_the_first_mail_that_it_is_the_main_one(
    shop: Shopfront,
) -> None:
    places = (Address(label="Entrega", city="Santos", situation="Inativo"), *DEUZENIR.addresses)
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, addresses=places))

    html = page(shop)

    assert '<span class="aside"><bdi>Inativo</bdi></span>' in html
    mails = html.partition('aria-labelledby="h-contact"')[2].partition("</section>")[0]
    assert mails.count('<span class="aside">principal</span>') == 1
    assert mails.index("principal") < mails.index("Outro e-mail")


def test_a_last_purchase_that_is_still_to_come_is_told_with_its_day(shop: Shopfront) -> None:
    odd = {
        "last_purchase_at": datetime(2031, 3, 1, 2, tzinfo=UTC),
        "flags": ("last_purchase_future",),
    }
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, **odd))

    html = page(shop)

    assert "data no futuro: não conta. O sistema de origem diz 28/02/2031." in html
    assert "28/02/2031" not in html.replace("diz 28/02/2031", "")


def test_how_they_pay_is_among_the_other_data(shop: Shopfront) -> None:
    pays = {"payment_method": "Boleto", "payment_terms": "28 dias"}
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, **pays))

    html = page(shop)

    assert "<dt>Forma de pagamento</dt><dd><bdi>Boleto</bdi>" in "".join(html.split("\n"))
    assert "<dt>Prazo de pagamento</dt><dd><bdi>28 dias</bdi>" in "".join(html.split("\n"))


def test_what_the_master_alone_may_do_is_there_disabled_and_says_so(shop: Shopfront) -> None:
    client = shop.signed_in()
    for one, labels in (
        (DEUZENIR, ("Editar", "Adicionar endereço")),
        (COMPANY, ("Editar", "Adicionar endereço", "Adicionar contato")),
    ):
        html = client.get(f"/clientes/{shop.id_of(one)}").text
        found = re.findall(
            r'aria-disabled="true" aria-describedby="(why-[a-z-]+)">.*?</svg>([^<]+)<', html
        )
        assert tuple(label for _, label in found) == labels
        assert all(f'id="{tip}"' in html for tip, _ in found)


def test_a_dependent_is_initials_and_age(shop: Shopfront) -> None:
    html = page(shop)
    assert "9 anos" in html
    assert "Julia" not in html


def test_a_company_has_contacts_and_no_birth_date(shop: Shopfront) -> None:
    html = page(shop, COMPANY)
    assert "Ivo Prates" in html
    assert 'value="contact_email-0"' in html
    assert 'value="contact_phone-0"' in html
    assert "Data de nascimento" not in html
    assert "Bloqueado" in html


def test_what_is_wrong_with_the_data_is_told_kindly(shop: Shopfront) -> None:
    html = page(shop, BAD_CPF)
    assert "dígito verificador que não confere" in html
    assert "Corrija no sistema de origem" in html
    assert "precisa de conferência (something_new)" in html


def test_markup_in_a_name_stays_text(shop: Shopfront) -> None:
    html = page(shop, HOSTILE)
    assert "&lt;script&gt;window.owned=1&lt;/script&gt;" in html
    for tag in (
        "<script>window",
        "<img src=x",
        "<svg onload",
        "<iframe",
        "<i>x",
        "<u>y",
        "<b onclick",
    ):
        assert tag not in html
    assert "{{ 7*7 }}" in html


def test_only_a_web_address_becomes_a_link_to_the_master(shop: Shopfront) -> None:
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, master_url="javascript:alert(1)"))
    assert "javascript:" not in page(shop)


@pytest.mark.parametrize("extreme", [datetime.min, datetime.max])
def test_the_ends_of_the_calendar_do_not_break_the_page(shop: Shopfront, extreme: datetime) -> None:
    at = extreme.replace(tzinfo=UTC)
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, updated_at=at, last_purchase_at=at))
    assert "Deuzenir Ferreira" in page(shop)


def test_opening_is_recorded(shop: Shopfront) -> None:
    page(shop)
    (row,) = shop.journal()
    assert (row.action, row.actor, row.external_id) == ("open", "ana", "446735")
    assert row.customer == shop.id_of(DEUZENIR)


def test_the_version_answer_follows_the_master(shop: Shopfront) -> None:
    client = shop.signed_in()
    address = f"/clientes/{shop.id_of(DEUZENIR)}/versao"
    assert client.get(address).json == {"version": 1}
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, name="Deuzenir Lima"))
    assert client.get(address).json == {"version": 2}
    assert shop.journal() == []


def test_a_customer_that_is_not_here_is_a_404_that_says_why(shop: Shopfront) -> None:
    answer = shop.signed_in().get("/clientes/987654")
    assert answer.status_code == 404
    assert "saiu da origem, ou a cópia foi refeita" in answer.text
    assert shop.journal() == []


def test_a_person_has_a_social_name_and_a_company_a_trade_name_each_found_by_it(
    shop: Shopfront,
) -> None:
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, trade_name="Dandara Ferreira"))
    ana = shop.signed_in()
    person, company = (ana.get(f"/clientes/{shop.id_of(one)}").text for one in (DEUZENIR, COMPANY))
    assert "Nome social:" in person
    assert "Nome fantasia:" in company

    found = ana.post("/clientes/busca", data={"q": "dandara"}, follow_redirects=True)
    assert f'href="/clientes/{shop.id_of(DEUZENIR)}"' in found.text
