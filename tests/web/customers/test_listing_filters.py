"""Every filter of the list, alone and combined, against customers picked by hand."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import pytest
from flask.testing import FlaskClient

from mirror.instants import ZONE
from mirror.reading.listing import look
from mirror.records import Customer, Document
from mirror.standing import Rules
from mirror.store.sealing import Keyring
from tests.fakes.clientele import CPF
from tests.fakes.shopfront import Shopfront
from tests.web.listed_shop import (
    LONG_AGO,
    NOW,
    PAID,
    TURNED,
    WORD,
    One,
    by_hand,
    codes,
    did,
    fill,
    full_shop,
    listed_shop,
    payment,
    query,
    shown_codes,
)
from tests.web.test_security import STYLES_AND_SCRIPTS
from web.customers import listing
from web.look import filters

Fits = Callable[[One], bool]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, keys: Keyring) -> Shopfront:
    return full_shop(tmp_path_factory.mktemp("list") / "data", keys)


@pytest.fixture(scope="module")
def client(shop: Shopfront) -> FlaskClient:
    return shop.signed_in()


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PER_PAGE", 23)


def total(html: str) -> int:
    found = re.search(r'class="foot"><p class="num">([\d.]+) cliente', html)
    assert found
    return int(found[1].replace(".", ""))


def chips(html: str) -> dict[str, str]:
    """What each chip says, and where it leads."""
    found = re.findall(r'class="chip" href="(.*?)" aria-label="Remover filtro (.*?)"', html)
    return {unescape(label): unescape(address) for address, label in found}


def cells(html: str, axis: str) -> dict[str, tuple[str, int]]:
    """Each value of an axis: where it leads and how many it says."""
    bar = re.search(rf"<h2[^>]*>{axis}</h2>(.*?)</nav>", html, re.DOTALL)
    assert bar
    found = re.findall(r'<a href="([^"]*)"[^>]*><bdi>(.*?)</bdi><b class="num">(\d+)', bar[1])
    return {unescape(label): (unescape(address), int(number)) for address, label, number in found}


ALONE: dict[str, Fits] = {
    "tipo=PF": lambda one: one.kind == "PF",
    "tipo=PJ": lambda one: one.kind == "PJ",
    "tipo=todos": lambda one: True,
    "tipo=todos&status=bloqueado": lambda one: one.registration == "blocked",
    "tipo=todos&categoria=Prata %26 Cia": lambda one: one.category == "Prata & Cia",
    "tipo=todos&grupo=Matrícula 2025": lambda one: one.group == "Matrícula 2025",
    "tipo=todos&etiqueta=VIP": lambda one: "VIP" in one.tags,
    "tipo=todos&vendedor=Rui": lambda one: one.seller == "Rui",
    "tipo=todos&campo.Tamanho=G": lambda one: one.size == "G",
    "tipo=todos&atividade=lead": lambda one: one.conta_base == "lead",
    "tipo=todos&atividade=ativo": lambda one: one.conta_base == "active",
    "tipo=todos&atividade=inativo": lambda one: one.conta_base == "inactive",
    f"tipo=todos&atividade={WORD}": lambda one: one.conta_base == WORD,
    "tipo=todos&relacionamento=ativo": lambda one: one.azata == "active",
    "tipo=todos&relacionamento=contato": lambda one: one.azata == "contact",
    "tipo=todos&falta=email": lambda one: "email" in one.missing,
    "tipo=todos&incompletos=sim": lambda one: bool(one.missing),
}


@pytest.mark.parametrize("asked", ALONE)
def test_each_filter_lists_exactly_whom_it_means(client: FlaskClient, asked: str) -> None:
    address = f"/clientes?{asked}"
    assert codes(client, address) == by_hand(ALONE[asked])
    assert total(client.get(address).text) == len(by_hand(ALONE[asked]))


SEVERAL: dict[str, Fits] = {
    "tipo=todos&status=ativo&status=bloqueado": lambda one: (
        one.registration in ("active", "blocked")
    ),
    "tipo=todos&categoria=Ouro&categoria=Prata %26 Cia&vendedor=Rui": lambda one: (
        one.category is not None and one.seller == "Rui"
    ),
    "tipo=todos&vendedor=Rui&grupo=Matrícula 2025&status=inativo&grupo=2023": lambda one: (
        one.group == "Matrícula 2025" and one.seller == "Rui" and one.registration == "inactive"
    ),
    f"tipo=PF&atividade=lead&atividade={WORD}&atividade=lead": lambda one: (
        one.kind == "PF" and one.conta_base in ("lead", WORD)
    ),
    "tipo=todos&status=ativo&status=nada": lambda one: one.registration == "active",
}


@pytest.mark.parametrize("asked", SEVERAL)
def test_several_values_of_a_filter_list_whoever_has_any_of_them(
    client: FlaskClient, asked: str
) -> None:
    expected = by_hand(SEVERAL[asked])
    assert codes(client, f"/clientes?{asked}") == expected != []
    html = client.get(f"/clientes?{asked}").text
    assert total(html) == len(expected)
    parts = parse_qsl(asked)[1:]
    for address in chips(html).values():  # each takes its own value away, and no other
        left = parse_qsl(urlsplit(address).query)[1:]
        (gone,) = set(parts) - set(left) - {("status", "nada")}
        assert sorted(set(parts) - {gone, ("status", "nada")}) == sorted(left)


def test_whoever_asks_for_the_archived_among_others_sees_both(client: FlaskClient) -> None:
    asked = "/clientes?tipo=todos&atividade=arquivado&atividade=ativo"
    expected = by_hand(lambda one: one.conta_base in ("archived", "active"), everybody=True)
    assert codes(client, asked) == expected


def test_the_second_value_is_said_beside_the_first(client: FlaskClient) -> None:
    html = client.get("/clientes?status=ativo&vendedor=Rui&status=inativo").text
    said = re.findall(r'class="chip" [^>]*><bdi>(.*?)</bdi>', html)
    assert said == ["Status: Ativo", "ou Inativo", "Vendedor: Rui"]
    assert [*chips(html)] == ["Status: Ativo", "Status: Inativo", "Vendedor: Rui"]
    assert "<bdi>Ativo, Inativo</bdi></b>" in html


def test_an_address_with_any_number_of_values_does_a_bounded_work(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "_MOST_VALUES", 3)
    months = "&".join(f"cadastro=2026-0{month}" for month in range(1, 10))
    assert len(chips(client.get(f"/clientes?{months}").text)) == 3


def churned(one: One) -> bool:
    return one.told == "archived" and one.paid is not None


def lost(one: One) -> bool:
    return one.told == "archived" and one.paid is None


def test_churn_and_lost_are_a_filter_and_a_count(client: FlaskClient) -> None:
    html = client.get("/clientes?tipo=todos&atividade=arquivado").text
    found = cells(html, "Arquivados")
    for label, fits in (("Churn", churned), ("Lost", lost)):
        address, number = found[label]
        assert address == f"/clientes?tipo=todos&atividade=arquivado&arquivado={label.lower()}"
        assert codes(client, address) == by_hand(fits, everybody=True) != []
        assert number == len(by_hand(fits, everybody=True))
    asked = "/clientes?tipo=todos&arquivado=churn"
    assert codes(client, asked) == by_hand(churned, everybody=True)
    both = "/clientes?tipo=todos&arquivado=churn&arquivado=lost"
    assert codes(client, both) == by_hand(lambda one: one.told == "archived", everybody=True)
    assert "Arquivados: Churn" in chips(client.get(asked).text)
    # The bar above leads out of it whole: who is no longer archived is archived for no reason.
    bar = cells(client.get(asked).text, "Atividade")
    assert bar["Leads"] == (
        "/clientes?tipo=todos&atividade=lead",
        len(by_hand(lambda one: one.conta_base == "lead")),
    )
    assert "Arquivados</h2>" not in client.get("/clientes").text


def situated(tmp_path: Path, keys: Keyring, *words: str | None) -> FlaskClient:
    shop = listed_shop(tmp_path / "data", keys, settings={"required": ()})
    shop.write(
        *(
            Customer(external_id=f"C-{place}", version=1, registration_received=word)
            for place, word in enumerate(words)
        ),
        Customer(external_id="C-9", version=1, registration="active"),
    )
    return shop.signed_in()


def offered(html: str) -> list[str]:
    """The values of the filter Status."""
    return re.findall(r'name="status" value="([^"]*)"', html)


def test_a_situation_of_the_masters_own_is_a_filter(tmp_path: Path, keys: Keyring) -> None:
    words = ("Em análise", "VIP 1", None, "Em análise", f"CPF {CPF}", "active", "ativo")
    client = situated(tmp_path, keys, *words)
    assert offered(client.get("/clientes").text) == ["ativo", "Em análise", "VIP 1"]
    asked = "/clientes?status=Em an%C3%A1lise"
    assert codes(client, asked) == ["C-3", "C-0"]
    assert codes(client, f"{asked}&status=ativo") == ["C-9", "C-3", "C-0"]
    assert [*chips(client.get(asked).text)] == ["Status: Em análise"]
    unknown = codes(client, "/clientes?status=nao-informado")
    assert unknown == ["C-5", "C-4", "C-2"]  # neither a code of ours nor somebody's number
    assert codes(client, "/clientes?status=active") == codes(client, "/clientes")


def test_where_the_master_has_no_words_of_its_own_all_of_omni_s_are_offered(
    client: FlaskClient,
) -> None:
    assert offered(client.get("/clientes").text) == ["ativo", "inativo", "bloqueado", "excluido"]


def test_where_nobody_has_a_registration_there_is_no_such_filter(
    tmp_path: Path, keys: Keyring
) -> None:
    shop = listed_shop(tmp_path / "data", keys, settings={"required": ()})
    fill(shop.mirror, [Customer(external_id="C-1", version=1)], Rules(names=("sell",)))
    html = shop.signed_in().get("/clientes").text
    assert offered(html) == []
    assert re.findall(r'name="(cliente[^"]*)" value="([^"]*)"', html) == [
        ("cliente-potencial", "nao-e"), ("cliente-potencial", "atual"),
        ("cliente-potencial", "perdido"), ("cliente", "nao-e"), ("cliente", "atual"),
        ("cliente", "passado"),
    ]  # fmt: skip


OF_MONTHS: dict[str, Fits] = {
    "cadastro=2026-02": lambda one: one.since.month == 2,
    f"ficou.atividade.ativo={PAID:%Y-%m}": lambda one: (
        one.paid == PAID or (one.paid == LONG_AGO and f"{LONG_AGO:%Y-%m}" == f"{PAID:%Y-%m}")
    ),
    f"ficou.atividade.inativo={TURNED}": lambda one: one.paid == LONG_AGO,
}


@pytest.mark.parametrize("asked", OF_MONTHS)
def test_what_happened_in_a_month_happened_to_those_set_aside_too(
    client: FlaskClient, asked: str
) -> None:
    expected = by_hand(OF_MONTHS[asked], everybody=True)
    assert codes(client, f"/clientes?tipo=todos&{asked}") == expected
    assert expected


def test_of_those_who_fell_silent_some_are_archived_now(client: FlaskClient) -> None:
    html = client.get(f"/clientes?tipo=todos&ficou.atividade.inativo={TURNED}").text
    archived = by_hand(lambda one: one.paid == LONG_AGO and not one.listed, everybody=True)
    assert len(archived) == cells(html, "Atividade")["Arquivados"][1] > 0
    assert "menos os" not in html


def test_the_archived_are_listed_where_they_are_asked_for_and_nowhere_else(
    client: FlaskClient,
) -> None:
    archived = by_hand(lambda one: one.conta_base == "archived", everybody=True)
    assert codes(client, "/clientes?tipo=todos&atividade=arquivado") == archived
    assert not {*archived} & {*codes(client, "/clientes?tipo=todos")}
    html = client.get("/clientes").text
    assert "Todos<small>menos os arquivados</small>" in html
    assert "menos os" not in client.get("/clientes?atividade=arquivado").text


def test_all_of_any_rules_says_who_else_is_left_out(tmp_path: Path, keys: Keyring) -> None:
    shop = listed_shop(tmp_path / "data", keys)
    told: tuple[dict[str, str], ...] = ({"conta_base": "archived"}, {"ploomes": "discarded"}, {})
    records = [
        Customer(external_id=f"C-{place}", version=1, standings=standings)
        for place, standings in enumerate(told)
    ]
    fill(shop.mirror, records, Rules(names=("conta_base", "ploomes")))
    client = shop.signed_in()
    html = client.get("/clientes").text
    assert shown_codes(html) == ["C-2"]
    assert html.count("Todos<small>menos os arquivados e descartados</small>") == 2
    html = client.get("/clientes?status-ploomes=descartado").text
    assert shown_codes(html) == ["C-1"]
    assert "menos os" not in html  # who is asked for is shown whole, archived or not


COMBINED: dict[str, Fits] = {
    "tipo=todos&status=inativo&vendedor=Rui&atividade=ativo": lambda one: (
        one.registration == "inactive" and one.seller == "Rui" and one.conta_base == "active"
    ),
    "tipo=PJ&categoria=Ouro&campo.Tamanho=P&incompletos=sim": lambda one: (
        one.kind == "PJ" and one.category == "Ouro" and one.size == "P" and bool(one.missing)
    ),
    f"tipo=PF&etiqueta=newsletter&atividade={WORD}&relacionamento=ativo": lambda one: (
        one.kind == "PF" and one.conta_base == WORD and one.azata == "active"
    ),
    f"tipo=todos&grupo=Matrícula 2024&ficou.atividade.inativo={TURNED}&falta=email": lambda one: (
        one.group == "Matrícula 2024" and one.paid == LONG_AGO and "email" in one.missing
    ),
}


@pytest.mark.parametrize("asked", COMBINED)
def test_filters_combine_and_each_chip_takes_one_away(client: FlaskClient, asked: str) -> None:
    address = f"/clientes?{asked}"
    expected = by_hand(COMBINED[asked], everybody="ficou." in asked)
    assert codes(client, address) == expected != []
    removed = [parse_qsl(urlsplit(one).query) for one in chips(client.get(address).text).values()]
    asked_for = parse_qsl(asked)
    assert removed == [[one for one in asked_for if one != gone] for gone in asked_for[1:]]


def test_a_chip_says_its_filter_in_words(client: FlaskClient) -> None:
    asked = query(
        **{
            "status": "excluido",
            "categoria": "Ouro",
            "campo.Tamanho": "M",
            "atividade": "inativo",
            "ficou.atividade.inativo": "2026-10",
            "voltou.relacionamento.ativo": "2026-09",
            "ficou.cliente.atual": "2026-08",
            "cadastro": "2026-01",
            "primeira-compra": "2025-12",
            "falta": "telefone",
        }
    )
    assert [*chips(client.get(asked).text)] == [
        "Status: Excluído",
        "Categoria: Ouro",
        "Tamanho: M",
        "Atividade: Inativos",
        "Ficou inativo em outubro de 2026 (Atividade)",
        "Voltou a ficar ativo em setembro de 2026 (Relacionamento)",
        "Tornou-se cliente atual em agosto de 2026 (Cliente)",
        "Cadastrado em janeiro de 2026",
        "Primeira compra em dezembro de 2025",
        "Falta telefone",
    ]
    assert "Cadastro incompleto" in chips(client.get("/clientes?incompletos=sim").text)


@pytest.mark.parametrize(
    "unknown",
    [
        "status=nada",
        "atividade=nada",
        "cadastro=2026-13",
        "cadastro=0000-01",
        "cadastro=ontem",
        "ficou.atividade.nada=2026-10",
        "ficou.nada.ativo=2026-10",
        "ficou.atividade.ativo=10/2026",
        "ficou=2026-10",
        "campo.CPF=1",
        "falta=nada",
        "incompletos=nada",
        "categoria=",
        "categoria=529.982.247-25",
        "etiqueta=deuzenir@exemplo.com.br",
        "vendedor=(11) 98765-4321",
        "atividade=52998224725",
        "kind=PJ",
        "missing=email",
        "registration=active",
    ],
)
def test_what_nobody_knows_or_what_names_somebody_is_left_out(
    client: FlaskClient, unknown: str
) -> None:
    answer = client.get(f"/clientes?{unknown}")
    assert answer.status_code == 200
    assert chips(answer.text) == {}
    assert total(answer.text) == total(client.get("/clientes").text)
    assert "52998224725" not in answer.text.split("<main")[1]


@pytest.mark.parametrize(
    "base", ["tipo=PF", "tipo=todos&vendedor=Ana", "tipo=PJ&atividade=lead", "incompletos=sim"]
)
@pytest.mark.parametrize("axis", ["Atividade", "Relacionamento"])
def test_every_number_of_a_bar_is_the_length_of_the_list_it_leads_to(
    client: FlaskClient, base: str, axis: str
) -> None:
    html = client.get(f"/clientes?{base}").text
    found = cells(html, axis)
    assert len(found) == (5 if axis == "Atividade" else 4)
    chosen = [label for label in found if f'aria-current="true"><bdi>{label}<' in html]
    for label, (address, number) in found.items():
        if label not in chosen:
            assert len(codes(client, address)) == number, label
        elif "lead" in base and "Conta" in axis:
            assert len(codes(client, f"/clientes?{base}")) == number
            assert "atividade" not in address


def test_the_tabs_count_the_same_filters_there(client: FlaskClient) -> None:
    html = client.get("/clientes?tipo=todos&atividade=inativo").text
    numbers = re.findall(r'(Física|Jurídica|PF e PJ) <span class="num">(\d+)', html)
    of_kind = {
        "PF": len(by_hand(lambda one: one.conta_base == "inactive" and one.kind == "PF")),
        "PJ": len(by_hand(lambda one: one.conta_base == "inactive" and one.kind == "PJ")),
    }
    assert dict(numbers) == {
        "Física": str(of_kind["PF"]),
        "Jurídica": str(of_kind["PJ"]),
        "PF e PJ": str(sum(of_kind.values())),
    }
    assert "PF e PJ" not in client.get("/clientes").text


def test_everything_on_a_page_is_of_one_look(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def counted(*asked: Any, **more: Any) -> Any:
        looks.append(1)
        return look(*asked, **more)

    monkeypatch.setattr(listing, "look", counted)
    client.get("/clientes?atividade=ativo&incompletos=sim")
    assert looks == [1]


def test_the_form_keeps_the_filters_it_does_not_ask_for(client: FlaskClient) -> None:
    asked = {"tipo": "todos", "cadastro": "2026-02", "incompletos": "sim"}
    html = client.get(query(**asked, atividade="ativo", vendedor="Rui", status="ativo")).text
    form = html[html.index('class="filters"') :].split("</form>")[0]
    kept = dict(re.findall(r'type="hidden" name="(.*?)" value="(.*?)"', form))
    assert kept == asked
    checked = re.findall(r'name="([^"]*)" value="([^"]*)" checked', form)
    assert checked == [("status", "ativo"), ("vendedor", "Rui"), ("atividade", "ativo")]


def test_the_first_rules_are_in_front_and_the_others_behind_one_click(client: FlaskClient) -> None:
    front, behind = client.get("/clientes").text.split('<details class="unfold">', 1)
    assert "Atividade" in front
    assert "Relacionamento" not in front
    assert "Mais situações" in behind
    assert "Relacionamento" in behind.split("</details>")[0]
    assert '<details class="unfold" open>' in client.get("/clientes?relacionamento=ativo").text


def test_a_row_says_what_the_customer_is_and_what_is_missing(client: FlaskClient) -> None:
    html = client.get("/clientes?tipo=todos&incompletos=sim").text
    first = by_hand(lambda one: bool(one.missing))[0]
    row = html[html.index("<tbody") :].split("</tr>")[0]
    assert first == "C-119"  # 119 = 7 × 17: no e-mail; nothing bought
    assert "Incompleto: falta e-mail<" in row
    assert 'href="https://origem.exemplo/clientes/C-119" target="_blank"' in row
    assert "Atividade: <bdi>Lead</bdi>" in row
    whole = [row for row in html.split("<tr ") if "data-copy-text" in row]
    assert all("Incompleto: falta" in row for row in whole)
    assert (
        "Incompleto: falta"
        not in client.get(query(atividade="ativo", etiqueta="VIP", tipo="PF")).text
    )
    assert "· Conta Base</span>" not in client.get("/clientes?atividade=lead").text


def test_both_missing_fields_are_named(client: FlaskClient) -> None:
    html = client.get("/clientes?tipo=todos&falta=telefone&vendedor=Rui").text
    row = next(row for row in html.split("<tr ") if ">C-77<" in row)
    assert "Incompleto: falta e-mail, telefone" in row


def test_incomplete_registrations_are_counted_and_the_master_is_where_they_are_mended(
    client: FlaskClient,
) -> None:
    html = client.get("/clientes?tipo=todos").text
    many = len(by_hand(lambda one: bool(one.missing)))
    assert re.search(
        rf'href="/clientes\?tipo=todos&amp;incompletos=sim">.*Incompletos <b.*>{many}<', html
    )
    assert "se completa no sistema de origem" in client.get("/clientes?incompletos=sim").text


def test_settings_say_what_is_required_and_how_many_lack_it(client: FlaskClient) -> None:
    html = client.get("/configuracoes").text
    found = re.findall(r'<a href="([^"]*)">([^<]*)</a></td><td class="right num">(\d+)', html)
    lack = {
        "E-mail": by_hand(lambda one: "email" in one.missing),
        "Telefone": by_hand(lambda one: "phone" in one.missing),
    }
    assert {name: int(number) for _, name, number in found} == {
        name: len(codes) for name, codes in lack.items()
    }
    for address, name, _ in found:
        assert codes(client, unescape(address)) == lack[name]
    everybody = re.search(r'<a href="([^"]*)">(\d+) cadastros incompletos</a> de (\d+)', html)
    assert everybody
    incomplete = by_hand(lambda one: bool(one.missing))
    assert codes(client, unescape(everybody[1])) == incomplete
    assert [int(everybody[2]), int(everybody[3])] == [
        len(incomplete),
        len(by_hand(lambda one: True)),
    ]


def test_where_nothing_is_required_settings_say_so(tmp_path: Path, keys: Keyring) -> None:
    shop = listed_shop(tmp_path / "data", keys, settings={"required": ()})
    html = shop.signed_in().get("/configuracoes").text
    assert "Nenhum: todo cadastro vale como completo." in html
    assert "incompletos" not in html


def test_no_address_on_any_page_names_anybody(tmp_path: Path, keys: Keyring) -> None:
    shop = listed_shop(tmp_path / "data", keys)
    numbers = ("52998224725", "529.982.247-25", "ana@exemplo.com.br", "(11) 98765-4321")
    shop.write(
        *(
            Customer(
                external_id=str(place),
                version=1,
                category=number,
                groups=(number,),
                tags=(number,),
                seller=number,
                profile=number,
                extras={"Tamanho": number},
                standings={"conta_base": number},
            )
            for place, number in enumerate(numbers)
        )
    )
    client = shop.signed_in("supervisor")
    pages = ("/clientes?tipo=todos", "/categorias", "/grupos", "/etiquetas", "/vendedores",
             "/perfis", "/campos/Tamanho", "/divergencias", "/configuracoes")  # fmt: skip
    html = "".join(client.get(page).text for page in pages)
    assert not [number for number in numbers if number in unquote_plus(unescape(html))]
    assert "***.982.247-**" in html  # the master's word, as received but masked


def test_the_shops_own_labels_are_used_everywhere(tmp_path: Path, keys: Keyring) -> None:
    own = {"conta_base": {"inactive": "Sumiram <há> tempo", "lead": "Curiosos"}}
    client = full_shop(tmp_path / "data", keys, labels=own).signed_in()
    html = unescape(client.get("/clientes").text)
    found = cells(html, "Atividade")
    assert {"Curiosos", "Sumiram <há> tempo", "Ativos", "Arquivados"} <= {*found}
    assert "Atividade: <bdi>Curiosos</bdi>" in html
    asked = query(atividade="inativo", **{"ficou.atividade.inativo": "2026-10"})
    assert [*chips(client.get(asked).text)] == [
        "Atividade: Sumiram <há> tempo",
        "Ficou “Sumiram <há> tempo” em outubro de 2026 (Atividade)",
    ]


def test_without_rules_and_requirements_the_page_is_as_calm_as_before(
    tmp_path: Path, keys: Keyring
) -> None:
    shop = listed_shop(tmp_path / "data", keys, settings={"required": ()}, filters=())
    fill(shop.mirror, [Customer(external_id="C-1", version=1, name="Ana")], Rules())
    html = shop.signed_in().get("/clientes").text
    assert shown_codes(html) == ["C-1"]
    for absent in ('class="axis', "Mais situações", "Mais filtros", "Incompleto", "· Conta Base"):
        assert absent not in html


def test_the_last_purchase_is_the_newest_orders_too(client: FlaskClient) -> None:
    html = client.get("/clientes?tipo=todos&relacionamento=ativo").text
    row = next(row for row in html.split("<tr ") if ">C-118<" in row)
    day = re.search(r'class="c-day num">(.*?)<', row)
    assert day
    assert day[1] == (NOW - timedelta(days=118)).astimezone(ZONE).strftime("%d/%m/%Y")


def test_the_mark_changes_when_a_number_beside_the_list_does(
    tmp_path: Path, keys: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PER_PAGE", 1)
    shop = listed_shop(tmp_path / "data", keys)
    shop.write(*(Customer(external_id=f"C-{one}", version=1) for one in (1, 2)))
    client = shop.signed_in()
    before = client.get("/clientes/marca").json
    did(shop.mirror, "payments", [payment(1, "C-1", PAID)])  # who is on the second page
    assert client.get("/clientes/marca").json != before


def test_the_mark_changes_when_only_a_standing_does(tmp_path: Path, keys: Keyring) -> None:
    shop = listed_shop(tmp_path / "data", keys)
    shop.write(*(Customer(external_id=f"C-{one}", version=1) for one in (1, 2)))
    client = shop.signed_in()
    before = client.get("/clientes/marca").json
    assert client.get("/clientes/marca").json == before
    did(shop.mirror, "payments", [payment(1, "C-1", PAID)])
    after = client.get("/clientes/marca").json
    assert after != before
    assert client.get("/clientes").text.count(after["mark"]) == 1


def test_too_many_labels_are_chosen_from_a_page_of_their_own(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "MOST", 1)
    html = client.get("/clientes?tipo=PJ&status=ativo").text
    assert 'href="/etiquetas?tipo=PJ&amp;status=ativo">Etiqueta: escolher…' in html
    assert 'name="etiqueta"' not in html.split("<main")[1]
    chosen = client.get("/clientes?etiqueta=VIP").text
    assert '<input type="hidden" name="etiqueta" value="VIP">' in chosen


def test_a_full_page_travels_in_10_kb_and_the_first_in_24(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    packed = {"Accept-Encoding": "gzip"}
    address = "/clientes?tipo=todos&vendedor=Rui"
    loaded = set(STYLES_AND_SCRIPTS.findall(client.get(address).text))
    page, *rest = (len(client.get(one, headers=packed).data) for one in (address, *loaded))
    assert page < 10_000
    assert page + sum(rest) < 24_000


def test_of_many_words_of_the_masters_the_most_frequent_are_shown(
    tmp_path: Path, keys: Keyring
) -> None:
    shop = listed_shop(tmp_path / "data", keys)
    words = [word for number, word in enumerate("abcdefghijkl", 1) for _ in range(number)]
    shop.write(
        *(
            Customer(external_id=f"C-{place}", version=1, standings={"conta_base": word})
            for place, word in enumerate(words)
        )
    )
    found = cells(shop.signed_in().get("/clientes").text, "Atividade")
    assert [label for label in found if len(label) == 1] == [*"lkjihgfe"]
    assert found["l"] == ("/clientes?tipo=PF&atividade=l", 12)


def test_a_word_that_is_also_a_slug_of_ours_leads_nowhere(tmp_path: Path, keys: Keyring) -> None:
    shop = listed_shop(tmp_path / "data", keys)
    shop.write(Customer(external_id="C-1", version=1, standings={"conta_base": "ativo"}))
    html = shop.signed_in().get("/clientes").text
    assert '<span><bdi>ativo</bdi><b class="num">1</b></span>' in html


@pytest.mark.parametrize(
    "master", ["http://origem.exemplo/1", "javascript:alert(1)", f"https://origem.exemplo/{CPF}"]
)
def test_only_a_safe_address_of_the_master_is_linked_for_mending(
    tmp_path: Path, keys: Keyring, master: str
) -> None:
    shop = listed_shop(tmp_path / "data", keys)
    shop.write(
        Customer(external_id="C-1", version=1, documents=(Document("cpf", CPF),), master_url=master)
    )
    html = shop.signed_in().get("/clientes").text
    assert "Incompleto: falta e-mail, telefone</span>" in html
    assert master not in unescape(html)


def test_the_rules_that_the_shop_names_first_come_first(tmp_path: Path, keys: Keyring) -> None:
    shop = full_shop(tmp_path / "data", keys, rules=("azata", "conta_base"))
    page = shop.signed_in().get("/clientes").text
    assert (
        0
        < page.index(">Relacionamento</h2>")
        < page.index("Mais situações")
        < page.index(">Atividade</h2>")
    )
