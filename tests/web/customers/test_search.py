"""The search box: what it understands, what it opens, what it says, what it never leaves behind."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import msgspec
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mirror.records import Address, Customer, Document, Phone
from mirror.store.sealing import Keyring
from tests.fakes.clientele import CPF, CPF_SHOWN, DEUZENIR, EMAIL, SECRETS
from tests.fakes.shopfront import Shopfront
from tests.web.listed_shop import fill, listed_shop


def search(client: FlaskClient, term: str, follow: bool = True) -> TestResponse:
    return client.post("/clientes/busca", data={"q": term}, follow_redirects=follow)


@pytest.mark.parametrize(
    "term",
    [
        CPF,
        CPF_SHOWN,
        f"  {CPF_SHOWN}\n",
        "529 982 247 25",
        EMAIL,
        EMAIL.upper(),
        "11987654321",
        "(11) 98765-4321",
        "+55 11 98765-4321",
        "1187654321",
        "98765-4321",
        "446735",
    ],
)
def test_one_exact_hit_opens_at_once(shop: Shopfront, term: str) -> None:
    answer = search(shop.signed_in(), term, follow=False)
    assert (answer.status_code, answer.location) == (303, f"/clientes/{shop.id_of(DEUZENIR)}")


def test_a_company_is_found_by_cnpj(shop: Shopfront) -> None:
    html = search(shop.signed_in(), "11.222.333/0001-81").text
    assert "Padaria Pão Quente Ltda" in html


@pytest.mark.parametrize("term", ["deuzenir ferreira", "DEUZENIR", "ferreira deuzenir"])
def test_a_name_never_opens_by_itself(shop: Shopfront, term: str) -> None:
    html = search(shop.signed_in(), term).text
    assert "1 cliente encontrado" in html
    assert "Entendi:" in html
    assert "Deuzenir Ferreira" in html


def test_it_says_both_readings_of_an_ambiguous_number_and_finds_both(shop: Shopfront) -> None:
    number = "11900000083"  # a valid CPF and a mobile phone
    shop.write(
        Customer(external_id="1", version=1, name="Por CPF", documents=(Document("cpf", number),)),
        Customer(
            external_id="2", version=1, name="Por Fone", phones=(Phone("+55" + number, "mobile"),)
        ),
    )
    html = search(shop.signed_in(), number).text
    assert "CPF 119.000.000-83" in html
    assert "(11) 90000-0083" in html
    assert "Por CPF" in html
    assert "Por Fone" in html


def test_wrong_check_digits_are_said_and_the_mirror_is_still_searched(shop: Shopfront) -> None:
    html = search(shop.signed_in(), "529.982.247-26").text
    assert "CPF inválido: dígito verificador não confere" in html
    assert "Otávio Rocha" in html


def test_a_document_with_a_wrong_digit_is_listed_not_opened(shop: Shopfront) -> None:
    number = "11987650002"  # no valid CPF, and a phone that nobody has
    shop.write(
        Customer(
            external_id="1", version=1, name="Ivo", documents=(Document("cpf", number, False),)
        )
    )
    html = search(shop.signed_in(), number).text
    assert "CPF inválido: dígito verificador não confere" in html
    assert "1 cliente encontrado" in html


def test_a_phone_that_is_no_valid_cpf_opens_without_a_lecture(shop: Shopfront) -> None:
    html = search(shop.signed_in(), "11987654321").text
    assert "Deuzenir Ferreira" in html
    assert "inválido" not in html


def test_a_word_that_could_be_a_code_does_not_open_by_its_name(shop: Shopfront) -> None:
    shop.write(Customer(external_id="1", version=1, name="Loja 51 joao123"))
    assert "1 cliente encontrado" in search(shop.signed_in(), "joao123").text


def test_nobody_found_says_what_to_try_and_how_old_the_copy_is(shop: Shopfront) -> None:
    html = search(shop.signed_in(), "ninguem@exemplo.com").text
    assert "Ninguém encontrado" in html
    assert "tente outro dado" in html
    assert "esta cópia é de" in html


def test_a_mistyped_term_is_said_to_be_one_and_not_nobody(shop: Shopfront) -> None:
    html = search(shop.signed_in(), "529.982.247-99").text
    assert "<h1>Confira o que foi digitado</h1>" in html
    assert "dígito verificador não confere" in html
    assert "inguém" not in html


def test_the_results_are_masked(shop: Shopfront) -> None:
    html = unescape(search(shop.signed_in(), "ferreira").text)
    assert not [secret for secret in SECRETS if secret in html]


def test_the_term_reaches_no_address_and_no_clear_cookie(shop: Shopfront) -> None:
    client = shop.signed_in()
    answer = search(client, "529.982.247-26", follow=False)
    cookie = answer.headers["Set-Cookie"]
    for trace in ("529", "982", "247-26"):
        assert trace not in (answer.location or "")
    assert b"52998224726".hex() not in cookie
    assert b"529.982".hex() not in cookie
    assert "HttpOnly" in cookie


def test_back_shows_the_same_results_without_a_second_search(shop: Shopfront) -> None:
    client = shop.signed_in()
    address = search(client, "ferreira", follow=False).location
    assert address
    assert "Deuzenir Ferreira" in client.get(address).text
    assert "Deuzenir Ferreira" in client.get(address).text
    assert [row.action for row in shop.journal()] == ["browse", "browse", "search"]


def test_somebody_elses_ticket_opens_nothing(shop: Shopfront) -> None:
    ana = shop.signed_in()
    address = search(ana, "ferreira", follow=False).location
    rui = shop.signed_in("attendant", "rui")
    rui.set_cookie("busca", ana.get_cookie("busca", path="/clientes/busca").value)  # type: ignore[union-attr]
    assert rui.get(address or "").location == "/clientes"
    assert ana.get("/clientes/busca/outro").location == "/clientes"


def test_a_search_is_recorded_with_kinds_and_hits_never_with_the_term(shop: Shopfront) -> None:
    search(shop.signed_in(), CPF_SHOWN)
    opened, searched = shop.journal()
    assert (searched.action, searched.actor) == ("search", "ana")
    assert searched.detail is not None
    assert searched.detail.startswith("cpf")
    assert "hits=1" in searched.detail
    assert CPF not in searched.detail
    assert opened.action == "open"


@pytest.mark.parametrize("term", ["", "   "])
def test_an_empty_box_goes_back_to_the_list(shop: Shopfront, term: str) -> None:
    assert search(shop.signed_in(), term, follow=False).location == "/clientes"


@pytest.mark.parametrize(
    "term", ["x" * 300, "\x00\x01", "٣٤٥", "a@", "' OR 1=1 --", "😀", "\udcff", "%", "{{7*7}}"]
)
def test_no_text_breaks_it(shop: Shopfront, term: str) -> None:
    answer = search(shop.signed_in(), term.encode("utf-8", "replace").decode())
    assert answer.status_code == 200
    assert "49" not in answer.text.replace("{{7*7}}", "")[-3000:] or "{{7*7}}" not in term


def test_searching_is_a_post(shop: Shopfront) -> None:
    client = shop.signed_in()
    assert client.get("/clientes/busca?q=ferreira").location == "/clientes"
    html = client.get("/clientes").text
    assert '<form class="seek" role="search" method="post"' in html
    assert 'autocomplete="off"' in html


def crowd(shop: Shopfront, many: int = 60) -> list[Customer]:
    """Of one name, every third a company, every second inactive, five of a category; C-0 oldest."""
    people = [
        Customer(
            external_id=f"C-{number}",
            version=1,
            kind="PJ" if number % 3 == 0 else "PF",
            name="Souza da Vila",
            registration="inactive" if number % 2 else "active",
            category="Ouro" if number % 12 == 0 else None,
            phones=(Phone("+5511912340000", "mobile"),),
        )
        for number in range(many)
    ]
    shop.write(*people)
    return people


def listed(html: str) -> list[str]:
    return re.findall(r"data-copy-text>(C-\d+)<", html)


def walked(client: FlaskClient, address: str) -> list[str]:
    """The codes on every page of a result, forwards, then back to the first; both are the same."""
    found: list[list[str]] = []
    while True:
        html = client.get(address).text
        found.append(listed(html))
        more = re.search(r'rel="next" href="([^"]*)"', html)
        if more is None:
            break
        address = unescape(more[1])
    for page in reversed(found[:-1]):
        html = client.get(unescape(re.search(r'rel="prev" href="([^"]*)"', html)[1])).text  # type: ignore[index]
        assert listed(html) == page
    return [code for page in found for code in page]


def numbers(fits: Callable[[int], bool], many: int = 60) -> list[str]:
    return [f"C-{number}" for number in reversed(range(many)) if fits(number)]


@pytest.mark.parametrize("term", ["souza vila", "(11) 91234-0000", "91234-0000"])
def test_every_hit_is_reached_page_by_page_and_no_address_says_the_term(
    shop: Shopfront, term: str
) -> None:
    crowd(shop)
    client = shop.signed_in()
    address = search(client, term, follow=False).location or ""
    html = client.get(address).text
    assert "60 clientes encontrados" in html
    assert walked(client, address) == numbers(lambda _: True)
    addresses = unquote(" ".join(re.findall(r'(?:href|action)="([^"]*)"', html))).lower()
    assert not [part for part in ("souza", "vila", "91234", "0000") if part in addresses]
    assert [row.action for row in shop.journal()].count("search") == 1


def test_hits_are_narrowed_by_the_filters_of_lists_each_with_its_pages(shop: Shopfront) -> None:
    crowd(shop)
    client = shop.signed_in()
    here = search(client, "souza", follow=False).location or ""
    assert walked(client, f"{here}?tipo=PJ") == numbers(lambda n: n % 3 == 0)
    assert walked(client, f"{here}?status=inativo") == numbers(lambda n: n % 2 == 1)
    both = f"{here}?status=inativo&status=ativo&categoria=Ouro"
    assert walked(client, both) == numbers(lambda n: n % 12 == 0)
    html = client.get(f"{here}?status=inativo").text
    assert "30 clientes encontrados" in html
    assert f'Sem estes filtros, 60 clientes encontrados: <a href="{here}">ver todos' in " ".join(
        html.split()
    )
    chip = re.search(r'class="chip" href="([^"]*)" aria-label="Remover filtro Status: Ina', html)
    assert chip
    assert unescape(chip[1]).startswith(here)
    tabs = re.findall(r'(Física|Jurídica|PF e PJ) <span class="num">(\d+)', html)
    assert tabs == [("Física", "20"), ("Jurídica", "10"), ("PF e PJ", "30")]
    form = html[html.index('class="filters"') :].split("</form>")[0]
    assert f'action="{here}"' in html
    assert 'value="inativo" checked' in form
    nobody = client.get(f"{here}?status=bloqueado").text
    assert "Nenhum dos clientes encontrados passa" in nobody
    assert "60 clientes encontrados" in nobody


def test_a_search_from_a_filtered_list_is_narrowed_by_the_same_filters(shop: Shopfront) -> None:
    crowd(shop)
    client = shop.signed_in()
    page = client.get("/clientes?tipo=PJ&status=inativo&falta=email").text
    sent = re.search(r'name="filtros" value="([^"]*)"', page)
    assert sent
    asked = {"q": "souza", "filtros": unescape(sent[1])}
    answer = client.post("/clientes/busca", data=asked)
    html = client.get(answer.location or "").text
    assert walked(client, answer.location or "") == numbers(lambda n: n % 2 == 1)  # of any kind
    assert "ver todos" in html
    assert 'name="filtros"' not in client.get("/clientes").text
    opened = client.post("/clientes/busca", data=asked | {"q": CPF})  # an exact hit opens always
    assert opened.location == f"/clientes/{shop.id_of(DEUZENIR)}"


@pytest.mark.parametrize(
    "sent", [f"categoria={CPF}", "q=souza", "status=nada", "&&&=", "%zz", "tipo=PF&antes=souza"]
)
def test_only_filters_go_from_a_list_into_the_address_of_hits(shop: Shopfront, sent: str) -> None:
    crowd(shop, 2)
    client = shop.signed_in()
    answer = client.post("/clientes/busca", data={"q": "souza", "filtros": sent})
    assert re.fullmatch(r"/clientes/busca/[\w-]+\?tipo=todos", answer.location or "")
    assert len(walked(client, answer.location or "")) == 2


def test_a_search_finds_whom_lists_set_aside_and_filters_keep_them(
    keys: Keyring, tmp_path: Path
) -> None:
    shop = listed_shop(tmp_path / "data", keys)
    said = ("archived", "active")
    fill(
        shop.mirror,
        [
            Customer(
                external_id=f"C-{place}",
                version=1,
                name="Souza",
                registration="active",
                standings={"conta_base": word},
            )
            for place, word in enumerate(said)
        ],
    )
    client = shop.signed_in()
    address = search(client, "souza", follow=False).location or ""
    assert walked(client, address) == ["C-1", "C-0"]
    assert walked(client, f"{address}?status=ativo") == ["C-1", "C-0"]
    assert walked(client, f"{address}?atividade=arquivado") == ["C-0"]


def test_of_very_many_hits_the_newest_are_walked_and_it_is_said(
    shop: Shopfront, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mirror.reading.find.MOST_HITS", 50)
    crowd(shop)
    client = shop.signed_in()
    address = search(client, "souza", follow=False).location or ""
    assert walked(client, address) == numbers(lambda n: n >= 10)
    assert "só os mais novos são procurados" in client.get(address).text


def test_whoever_shares_the_end_of_a_number_is_no_hit_for_the_whole_one(shop: Shopfront) -> None:
    crowd(shop, 3)
    other = Phone("+5521912340000", "mobile")
    shop.write(Customer(external_id="C-7", version=1, name="De outro DDD", phones=(other,)))
    client = shop.signed_in()
    address = search(client, "(11) 91234-0000", follow=False).location or ""
    assert walked(client, address) == numbers(lambda _: True, 3)


def of_a_name(shop: Shopfront) -> FlaskClient:
    """Three people of one name and one who is only called alike."""
    cpf = Document("cpf", "11144477735")
    shop.write(
        *(
            Customer(
                external_id=f"C-{number}",
                version=1,
                name="Thiago Moura",
                phones=(Phone(f"+55{ddd}912340000", "mobile"),),
                addresses=(Address(city=city, state="SP", street="Rua Secreta", number="7"),),
                birth_date=date(1980 + number, 3, 14),
                documents=(cpf,) if number < 2 else (),
            )
            for number, (ddd, city) in enumerate((("11", "Itu"), ("19", "Campinas"), ("11", "Itu")))
        ),
        Customer(external_id="C-9", version=1, name="Moura Tiago Otávio"),
    )
    return shop.signed_in()


def test_results_say_what_fits_and_what_tells_them_apart_all_of_it_masked(shop: Shopfront) -> None:
    html = search(of_a_name(shop), "tiago moura").text
    assert listed(html) == ["C-9", "C-2", "C-1", "C-0"]  # whole words before what sounds alike
    assert html.count("soa como <bdi>tiago</bdi>") == 3
    assert "Campinas/SP" in html
    assert "**/**/1981" in html or "••/••/1981" in html
    assert html.count("CPF repetido em outro cadastro") == 2
    assert "Secreta" not in html
    assert "14/03" not in html


@pytest.mark.parametrize(
    ("term", "whom", "said"),
    [
        ("thiago moura 19", ["C-1"], "DDD 19"),
        ("thiago moura itu 1982", ["C-2"], "cidade itu"),
        ("thiago moura 735", ["C-1", "C-0"], "documento com final 735"),
    ],
)
def test_what_narrows_a_name_is_said_back(
    shop: Shopfront, term: str, whom: list[str], said: str
) -> None:
    client = of_a_name(shop)
    address = search(client, term, follow=False).location or ""
    html = client.get(address).text
    assert listed(html) == whom
    assert f"<bdi>{said}</bdi>" in html
    for part in term.split():
        assert part not in unquote(address.removeprefix("/clientes/busca/"))


@pytest.mark.parametrize(
    ("beside", "understood"),
    [
        ({"cidade": " Campinas "}, "cidade campinas"),
        ({"ddd": "19"}, "DDD 19"),
        ({"nascimento": "1967"}, "nascimento em 1967"),
        ({"final": "25", "cidade": "campinas"}, "documento com final 25"),
    ],
)
def test_what_stands_in_the_fields_beside_a_name_narrows_it_and_no_address_has_it(
    shop: Shopfront, beside: dict[str, str], understood: str
) -> None:
    more = msgspec.structs.replace(
        DEUZENIR,
        external_id="7",
        phones=(Phone("+5519987654321", "mobile"),),
        documents=(Document("cpf", "11144477735"),),
        birth_date=date(1990, 1, 1),
    )
    phones = (Phone("+5519912345678", "mobile"),)
    shop.write(more, msgspec.structs.replace(DEUZENIR, version=2, phones=phones))
    client = shop.signed_in()
    plain = search(client, "deuzenir").text
    assert 'name="cidade"' in plain
    sent = {"q": "deuzenir", "filtros": "status=ativo", **beside}
    answer = client.post("/clientes/busca", data=sent)
    assert not any(value.strip() in answer.location for value in beside.values())
    html = client.get(answer.location).text
    assert f"<strong><bdi>{understood}</bdi></strong>" in html
    assert "Status: Ativo" in html
    assert DEUZENIR.name in html


def test_nobody_by_that_name_says_which_word_is_nobodys_and_what_was_tried(
    shop: Shopfront,
) -> None:
    client = of_a_name(shop)
    html = search(client, "thiago zzyzx").text
    assert "Ninguém tem nome igual nem parecido com <b><bdi>zzyzx</bdi></b>" in html
    html = search(client, "otavio thiago campinas").text
    assert "uma letra errada e o mesmo som" in html


def test_the_rest_by_likeness_is_said_to_be_left_out(
    shop: Shopfront, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = of_a_name(shop)
    assert "não foram procurados" not in search(client, "thiago").text
    monkeypatch.setattr("mirror.reading.names._ENOUGH", 3)
    assert "nomes só parecidos não foram procurados" in search(client, "thiago").text


def test_names_shown_count_with_what_lists_show_as_they_did(shop: Shopfront) -> None:
    client = of_a_name(shop)
    search(client, "tiago moura")
    browsed, searched = shop.journal()
    assert "hits=4" in browsed.detail
    assert (browsed.action, searched.action) == ("browse", "search")
