"""Omni OMS: customers come by the sync alone, are found, change their status, and are never edited.

What staff see of the article's screen, step by step, over HTTP from the master to the page.
"""

from typing import Any

import pytest

from mirror.reading.listing import export, values
from tests.fakes.omni_master import Omni, Told, customer, done, source
from tests.fakes.shuffling import Play, deliver, rounds, same_for_all
from tests.fakes.stage import Stage, staged

pytestmark = pytest.mark.engines

ANA = 446735
CPF = "529.982.247-25"
WHO = {
    "name": "Deuzenir Ferreira",
    "cpf": CPF,
    "emails": [{"address": "deuzenir@exemplo.com.br"}],
    "phones": [{"number": "(11) 98765-4321", "label": "Celular"}],
    "category": "Consultor",
    "last_purchase_at": "2024-05-20T21:30:00-03:00",
}
REQUIRED = {"required": ("email", "phone", "birth_date")}
BY_STATUS = "/clientes?status="


def deuzenir(stamp: str, v: int = 1, **changed: Any) -> Told:
    return "customers", customer(ANA, stamp, v, **(WHO | changed))


def found(stage: Stage, term: str) -> str:
    """What the page says that a search ends on."""
    answer = stage.client.post("/clientes/busca", data={"q": term}, follow_redirects=True)
    return answer.text


def test_somebody_appears_by_the_sync_alone_and_is_found(stage: Stage, omni: Omni) -> None:
    made = source(omni)
    stage.sync(made)
    assert "Ainda não chegou nenhum cliente" in stage.says("/clientes")

    omni.put(deuzenir(stage.clock.stamp()))
    assert stage.listed() == []  # nothing comes by itself
    stage.sync(made)

    assert (stage.listed(), stage.total()) == (["Deuzenir Ferreira"], "1 cliente")
    says = stage.of(ANA)
    assert "Deuzenir Ferreira Ativo" in says
    assert "Última compra 20/05/2024" in says
    assert "Cliente desde 05/01/2024" in says
    assert "Categoria Consultor" in says
    assert "Atualizado em 03/06/2024 09:00" in says
    for term in ("deuzenir@exemplo.com.br", "11 98765-4321", CPF, "52998224725", str(ANA)):
        assert '<bdi>Deuzenir Ferreira</bdi> <span class="pill' in found(stage, term), term
    for term in ("outra@exemplo.com.br", "11 98765-0000", "390.533.447-05"):
        before, _, after = found(stage, term).partition('<details class="menu recent"')
        assert "Deuzenir" in after.partition("</details>")[0], "who was opened stays at hand"
        assert "Deuzenir" not in before + after.partition("</details>")[2], term


def test_what_is_seen_is_masked_and_no_button_edits(stage: Stage, omni: Omni) -> None:
    omni.put(deuzenir(stage.clock.stamp()))
    stage.sync(source(omni))

    for address in ("/clientes", stage.whose(ANA)):
        html = stage.html(address)
        assert not [one for one in (CPF, "deuzenir@", "98765-4321") if one in html]
        assert "982.247" in html
    for address, label in (("/clientes", "Novo Cliente"), (stage.whose(ANA), "Editar")):
        before, _, _ = stage.html(address).partition(f"</svg>{label}</button>")
        assert 'aria-disabled="true"' in before.rpartition("<button")[2]
    for method in ("put", "patch", "delete", "post"):
        assert getattr(stage.client, method)(stage.whose(ANA)).status_code == 405


STATUSES = [
    ("active", "Ativo", "ativo"),
    ("inactive", "Inativo", "inativo"),
    ("blocked", "Bloqueado", "bloqueado"),
    ("deleted", "Excluído", "excluido"),
]


def test_every_status_is_shown_and_listed_and_only_who_is_gone_is_gone(
    stage: Stage, omni: Omni
) -> None:
    made = source(omni)
    for v, (status, shown, _) in enumerate(STATUSES, 1):
        omni.put(deuzenir(stage.clock.stamp(), v, status=status))
        stage.sync(made)
        assert f"Deuzenir Ferreira {shown}" in stage.of(ANA)
        lists = {slug: stage.listed(BY_STATUS + slug) for _, _, slug in STATUSES}
        assert [slug for slug, names in lists.items() if names] == [STATUSES[v - 1][2]]
        assert "Deuzenir Ferreira" in found(stage, CPF)  # an "Excluído" is still there
        stage.clock.move(hours=1)
    page = stage.whose(ANA)

    omni.put(("customers", customer(1, stage.clock.stamp(), name="Outra Pessoa")))
    omni.drop("customers", ANA)
    stage.sync(made)
    assert stage.listed(BY_STATUS + "excluido") == ["Deuzenir Ferreira"]  # no sweep, no absence

    stage.sync(made, full=True)
    assert stage.client.get(page).status_code == 404
    assert "Deuzenir" not in found(stage, CPF)
    assert stage.listed(BY_STATUS + "excluido") == []
    assert stage.listed() == ["Outra Pessoa"]
    stage.check()


def test_what_a_registration_must_have_and_lacks_is_flagged(
    databases: Any, clock: Any, omni: Omni
) -> None:
    with staged(clock, databases, settings=REQUIRED) as stage:
        made = source(omni)
        omni.put(deuzenir(clock.stamp()))
        omni.put(("customers", customer(2, clock.stamp(), birth_date="1990-05-13", phones=[])))
        stage.sync(made)

        assert "Incompletos 2" in stage.says("/clientes")
        assert "Incompleto: falta data de nascimento" in stage.says("/clientes")
        assert "Cadastro incompleto: falta data de nascimento." in stage.of(ANA)
        assert "Cadastro incompleto: falta e-mail, telefone." in stage.of(2)
        assert stage.listed("/clientes?incompletos=sim") == ["Deuzenir Ferreira", "Ana Lima"]
        assert "Data de nascimento 1" in stage.says("/configuracoes")

        clock.move(hours=1)  # the master is where it is mended
        omni.put(deuzenir(clock.stamp(), 2, birth_date="1967-04-09"))
        stage.sync(made)
        assert stage.listed("/clientes?incompletos=sim") == ["Ana Lima"]
        assert "Cadastro incompleto" not in stage.of(ANA)


def test_a_search_is_refined_by_several_values_of_a_filter_and_turned_to_its_end(
    stage: Stage, omni: Omni
) -> None:
    categories, statuses = ("Ouro", "Prata", "Bronze"), ("active", "blocked")
    for n in range(1, 61):
        chosen = {"category": categories[n % 3], "status": statuses[n % 2]}
        one = customer(n, stage.clock.stamp(), name=f"Ana Lima {n:02}", **chosen)
        omni.put(("customers", one))
    omni.put(("customers", customer(99, stage.clock.stamp(), name="Rui Sá", category="Ouro")))
    stage.sync(source(omni))
    answer = stage.client.post("/clientes/busca", data={"q": "ana lima"})
    here = answer.location

    assert "60 clientes encontrados" in stage.says(here)
    assert sorted(stage.listed(here)) == [f"Ana Lima {n:02}" for n in range(1, 61)]
    narrowed = f"{here}?categoria=Ouro&categoria=Prata&status=bloqueado"
    expected = [f"Ana Lima {n:02}" for n in range(1, 61) if n % 3 < 2 and n % 2]
    assert sorted(stage.listed(narrowed)) == expected
    assert f"{len(expected)} clientes encontrados" in stage.says(narrowed)
    assert stage.listed("/clientes?categoria=Ouro&categoria=Prata&status=bloqueado") == (
        stage.listed(narrowed)
    )


def test_the_till_and_a_file_know_the_last_purchase_that_the_page_shows(
    stage: Stage, omni: Omni
) -> None:
    bought = {"status": "entregue", "type": "pedido", "placed_at": "2024-06-02T22:30:00-03:00"}
    omni.put(deuzenir(stage.clock.stamp()), ("orders", done(1, ANA, stage.clock.stamp(), **bought)))
    stage.sync(source(omni))

    (told,) = stage.looked_up(document=CPF)
    (taken,) = export(stage.mirror)
    assert "Última compra 02/06/2024" in stage.of(ANA)
    assert told["last_purchase_at"] == "2024-06-03T01:30:00Z"
    assert taken["last_purchase_at"] == told["last_purchase_at"]


def test_what_the_master_owns_is_there_and_says_where_it_is_done(stage: Stage, omni: Omni) -> None:
    omni.put(deuzenir(stage.clock.stamp(), url="https://omni.example/clientes/446735"))
    stage.sync(source(omni))

    assert list(stage.withheld("/clientes")) == ["Novo Cliente"]
    assert list(stage.withheld("/categorias")) == ["Nova categoria"]
    on_page = stage.withheld(stage.whose(ANA))
    assert list(on_page) == ["Editar", "Adicionar endereço"]
    assert all(why.endswith("Abrir o sistema de origem") for why in on_page.values())
    assert stage.html(stage.whose(ANA)).count('href="https://omni.example/clientes/446735"') >= 2


def test_the_last_purchase_is_that_of_the_orders_where_those_are_newer(
    stage: Stage, omni: Omni
) -> None:
    made, bought = source(omni), {"status": "entregue", "type": "pedido", "total": 10}
    omni.put(deuzenir(stage.clock.stamp()))
    omni.put(
        (
            "orders",
            done(1, ANA, stage.clock.stamp(), placed_at="2024-06-02T10:00:00-03:00", **bought),
        )
    )
    stage.sync(made)
    assert "Última compra 02/06/2024" in stage.of(ANA)
    assert "02/06/2024" in stage.says("/clientes")

    omni.drop("orders", 1)
    omni.put(
        (
            "orders",
            done(2, ANA, stage.clock.stamp(), placed_at="2024-03-01T10:00:00-03:00", **bought),
        )
    )
    stage.sync(made, full=True)
    assert "Última compra 20/05/2024" in stage.of(ANA)


def test_whoever_registers_weeks_after_the_connector_was_started_is_a_customer_since_then(
    stage: Stage, omni: Omni
) -> None:
    made = source(omni)  # opened once, and kept open
    stage.sync(made)
    stage.clock.move(days=20)
    since: dict[str, Any] = {"created_at": "2024-06-22T10:00:00-03:00", "birth_date": "2024-06-20"}
    omni.put(deuzenir(stage.clock.stamp(), last_purchase_at="2024-06-23T08:00:00-03:00", **since))
    stage.sync(made)

    says = stage.of(ANA)
    assert "Última compra 23/06/2024 Cliente desde 22/06/2024" in says
    assert "precisa de conferência" not in says
    assert "impossível" not in says
    assert "futuro" not in says


def story(base: int) -> list[Told]:
    """Four versions of a customer, and two orders of which the later one is cancelled at last."""
    stamps = [f"2024-05-{day:02}T12:00:00Z" for day in range(1, 9)]
    bought = {"type": "pedido", "total": "99.90", "status": "entregue"}
    first = done(base + 1, base, stamps[1], **bought, placed_at="2024-04-02T10:00:00-03:00")
    later = done(base + 2, base, stamps[4], **bought, placed_at="2024-04-09T10:00:00-03:00")
    return [
        ("customers", customer(base, stamps[0], 1, status="active", category="Ouro")),
        ("orders", first),
        ("customers", customer(base, stamps[2], 2, status="inactive", category="Prata")),
        ("customers", customer(base, stamps[3], 3, status="blocked", category="Bronze")),
        ("orders", later),
        (
            "customers",
            customer(base, stamps[5], 4, status="deleted", name="Ana Lima Reis", category="Bronze"),
        ),
        ("orders", later | {"v": 2, "updated_at": stamps[6], "status": "cancelado"}),
    ]


def test_in_whatever_order_it_arrives_it_ends_the_same(stage: Stage, omni: Omni) -> None:
    play, made = Play(story), source(omni)
    for told in rounds(play):
        deliver(stage, made, omni, told)

    stage.check()
    assert stage.total(BY_STATUS + "excluido") == f"{len(play.bases)} clientes"
    assert stage.total() == stage.total(BY_STATUS + "excluido")
    assert values(stage.mirror, "category") == [
        ("Bronze", len(play.bases))
    ]  # nothing is left of what is over
    ((summary, orders),) = same_for_all(stage, play, tabs=("", "pedidos"))
    assert "Ana Lima Reis Excluído" in summary
    assert "Última compra 02/04/2024" in summary
    assert "1 pedido não cancelado R$ 99,90" in orders
