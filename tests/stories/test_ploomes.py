"""Ploomes: who is created is a prospect, a sale makes active, a chosen loss inactive, a person
discards; and where Ploomes says something else, that is shown, told, and never repaired.
"""

import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mirror.store.engine import Database
from tests.fakes.presets_ploomes import Ploomes, contact, deal, order, other, source
from tests.fakes.shuffling import Play, rounds, same_for_all, same_rows
from tests.fakes.stage import Stage, staged, table
from tests.fakes.story_clock import Clock

pytestmark = pytest.mark.engines

AXIS = "Status do cliente"
CHOSEN: dict[str, Any] = {"standing": {"loss_reasons": ["desistencia"]}}
ACTIVE, PROSPECT, DISCARDED = 10003456, 10003458, 10003459
DESISTENCIA = {"Id": 10005216, "Name": "Desistência"}
PRECO = {"Id": 10005217, "Name": "Preço"}
OWN = "OtherProperties[FieldKey=contact_77AA-0002].ObjectValueName"
OWN_WORDS = {"Cliente ativo": "active", "Sem compra há um ano": "inactive"}


@pytest.fixture
def rules() -> tuple[str, ...]:
    return ("ploomes",)


@pytest.fixture
def ploomes(clock: Clock) -> Iterator[Ploomes]:
    with Ploomes(clock).running() as account:
        yield account


@pytest.fixture
def now(clock: Clock) -> Any:
    """When a record changed that changes now."""
    here = ZoneInfo("America/Sao_Paulo")
    return lambda: {"LastUpdateDate": clock.at.astimezone(here).isoformat(timespec="milliseconds")}


def closed(state: int, day: str, **more: Any) -> dict[str, Any]:
    return {"StatusId": state, "FinishDate": f"{day}T10:00:00-03:00"} | more


def aside(stage: Stage) -> tuple[list[str], list[str]]:
    """Who is on the list of everybody, and who in the tab of the discarded."""
    return stage.listed(), stage.listed("/clientes?status-ploomes=descartado")


def test_from_prospect_to_active_to_inactive_and_back(
    stage: Stage, ploomes: Ploomes, now: Any
) -> None:
    made = source(ploomes, **CHOSEN)

    def after(*told: Any, deals: tuple[Any, ...] = (), orders: tuple[Any, ...] = ()) -> str:
        stage.clock.move(hours=1)
        ploomes.put(*(one | now() for one in told))
        ploomes.put_deals(*(one | now() for one in deals))
        ploomes.put_orders(*(one | now() for one in orders))
        stage.sync(made)
        stage.check()
        (value,) = [label for label, number in stage.bar().items() if number]
        said = stage.standing(1)[AXIS]
        assert said.startswith({"Ativos": "Ativo", "Inativos": "Inativo"}.get(value, value))
        return said

    assert after(contact(1, StatusId=None)) == ("Prospecção pelas regras da loja, desde 04/11/2023")
    assert after(deals=(deal(1),)).startswith("Prospecção")  # an opportunity is no sale
    won = deal(1, **closed(2, "2024-02-01"))
    assert after(deals=(won,)) == "Ativo pelas regras da loja, desde 01/02/2024"
    dear = deal(2, ContactId=1, **closed(3, "2024-03-01", LossReason=PRECO))
    assert after(deals=(dear,)).startswith("Ativo")  # only the losses that were chosen
    gave_up = deal(3, ContactId=1, **closed(3, "2024-03-10", LossReason=DESISTENCIA))
    assert after(deals=(gave_up,)) == "Inativo pelas regras da loja, desde 10/03/2024"
    sold = order(1, Date="2024-04-02T00:00:00-03:00")
    assert after(orders=(sold,)) == "Ativo pelas regras da loja, desde 02/04/2024"

    assert stage.story(1) == [
        [
            ("02/04/2024", "Ativo", "Venda realizada ( pedido 1001 )."),
            (
                "10/03/2024",
                "Inativo",
                "Negócio “Fornecimento 3” perdido pelo motivo “Desistência”.",
            ),
            ("01/02/2024", "Ativo", "Venda realizada ( negócio ganho “Fornecimento 1” )."),
            ("04/11/2023", "Prospecção", "Cadastrado: todo cliente começa em prospecção."),
        ]
    ]
    assert [row[:2] for row in stage.rows(1, "negocios")] == [
        ["Fornecimento 1", "Ganho"],
        ["Fornecimento 2", "Perdido"],
        ["Fornecimento 3", "Perdido"],
    ][::-1]


def test_without_a_chosen_loss_nobody_becomes_inactive(stage: Stage, ploomes: Ploomes) -> None:
    ploomes.put(contact(1, StatusId=None))
    ploomes.put_deals(deal(1, **closed(3, "2024-03-10", LossReason=DESISTENCIA)))
    stage.sync(source(ploomes))
    assert stage.standing(1)[AXIS].startswith("Prospecção")

    stage.sync(source(ploomes, **CHOSEN))  # chosen later: it counts from then on, for all
    assert stage.standing(1)[AXIS].startswith("Inativo")
    stage.check()


def test_who_is_discarded_is_read_in_a_tab_of_their_own(
    stage: Stage, ploomes: Ploomes, now: Any
) -> None:
    made = source(ploomes, **CHOSEN)
    ploomes.put(contact(1, StatusId=None), contact(2, StatusId=None))
    ploomes.put_deals(deal(1, **closed(2, "2024-02-01")))
    stage.sync(made)
    assert aside(stage) == (["Cliente 2", "Cliente 1"], [])

    ploomes.put(contact(1, StatusId=DISCARDED) | now())
    stage.sync(made)
    assert aside(stage) == (["Cliente 2"], ["Cliente 1"])
    assert stage.bar() == {"Prospecção": 1, "Ativos": 0, "Inativos": 0, "Descartados": 1}
    assert "Todos menos os descartados" in stage.says("/clientes")
    assert stage.standing(1)[AXIS] == (
        "Descartado recebida do sistema de origem Pelas regras da loja seria Ativo."
    )
    assert stage.story(1)[0] == [
        (
            "agora",
            "Descartado",
            "É o que diz o sistema de origem. Pelas regras da loja seria Ativo.",
        ),
        ("01/02/2024", "Ativo", "Venda realizada ( negócio ganho “Fornecimento 1” )."),
        ("04/11/2023", "Prospecção", "Cadastrado: todo cliente começa em prospecção."),
    ]
    assert len(stage.rows(1, "negocios")) == 1
    stage.check()


def test_where_ploomes_and_the_rules_differ_it_is_told_and_never_repaired(
    stage: Stage, ploomes: Ploomes, now: Any
) -> None:
    made = source(ploomes, **CHOSEN)
    ploomes.put(contact(1, StatusId=PROSPECT))
    stage.sync(made)
    assert stage.standing(1)[AXIS].startswith("Prospecção recebida do sistema de origem, desde")
    assert "Nenhuma divergência" in stage.says("/divergencias")

    ploomes.put_deals(deal(1, **closed(2, "2024-02-01")))
    for _ in range(2):  # also with the next sync, and the next sweep
        stage.sync(made)
        stage.sync(made, full=True)
        assert stage.bar()["Prospecção"] == 1
        assert "Pelas regras da loja seria Ativo." in stage.standing(1)[AXIS]
        (row,) = table(stage.html("/divergencias"))
        assert row[1:3] == ["Prospecção", "Ativo"]

    stage.clock.move(hours=1)
    ploomes.put(contact(1, StatusId=ACTIVE) | now())
    stage.sync(made)
    assert "seria" not in stage.standing(1)[AXIS]
    assert "Nenhuma divergência" in stage.says("/divergencias")
    stage.check()


def test_a_field_of_the_shop_s_own_takes_the_place_of_the_status(
    databases: tuple[Database, Database, Any], clock: Clock, ploomes: Ploomes, now: Any
) -> None:
    labels = {"ploomes": {"active": "Cliente ativo", "inactive": "Sem compra há um ano"}}
    instead = {"path": OWN, "words": OWN_WORDS}
    made = source(ploomes, map={"standings": {"ploomes": instead}})
    with staged(clock, databases, labels=labels) as stage:
        for number, word in enumerate(("Cliente ativo", "Sem compra há um ano", "Em risco"), 1):
            row = other("contact_77AA-0002", ObjectValueName=word)
            ploomes.put(contact(number, StatusId=ACTIVE, OtherProperties=[row]))
        ploomes.put(contact(4, StatusId=ACTIVE))
        stage.sync(made)

        said = [stage.standing(number)[AXIS].split(" recebida")[0] for number in range(1, 4)]
        assert said == ["Cliente ativo", "Sem compra há um ano", "Em risco"]
        assert stage.standing(4)[AXIS].startswith("Prospecção pelas regras")  # the field is empty
        assert stage.bar() == {
            "Prospecção": 1,
            "Cliente ativo": 1,
            "Sem compra há um ano": 1,
            "Descartados": 0,
            "Em risco": 1,
        }
        assert stage.listed("/clientes?status-ploomes=ativo") == ["Cliente 1"]
        assert stage.listed("/clientes?status-ploomes=Em risco") == ["Cliente 3"]
        assert "Em risco" not in stage.says("/divergencias")  # no rule ever says so
        stage.check()

        # Discarding is native: whatever the field says, who is discarded is among them.
        row = other("contact_77AA-0002", ObjectValueName="Em risco")
        stage.clock.move(hours=1)
        ploomes.put(contact(3, StatusId=DISCARDED, OtherProperties=[row]) | now())
        ploomes.put(contact(4, StatusId=DISCARDED) | now())
        stage.sync(made)
        assert aside(stage) == (["Cliente 2", "Cliente 1"], ["Cliente 4", "Cliente 3"])
        assert stage.listed("/clientes?status=Descartado") == ["Cliente 4", "Cliente 3"]
        assert stage.bar()["Descartados"] == 2
        assert stage.standing(3)[AXIS].startswith("Descartado recebida")
        stage.check()


def test_the_status_is_on_the_list_and_is_changed_in_ploomes_only(
    stage: Stage, ploomes: Ploomes
) -> None:
    ploomes.put(contact(1, StatusId=None), contact(2, StatusId=ACTIVE))
    stage.sync(source(ploomes))
    for address in ("/clientes", "/clientes?status-ploomes=ativo"):
        rows = stage.html(address).split("<tr role")[2:]
        assert rows
        for row in rows:
            control = row.partition('type="button" aria-disabled="true" aria-describedby="')[2]
            why = re.search(rf'id="{control.partition(chr(34))[0]}">(.*?)<', row)
            assert why
            assert why[1] == "O status é trocado no sistema de origem e chega aqui sozinho."


def test_status_is_filtered_by_ploomes_own_words_several_at_once(
    stage: Stage, ploomes: Ploomes
) -> None:
    told = (PROSPECT, ACTIVE, DISCARDED, 10003457)
    ploomes.put(*(contact(number, StatusId=status) for number, status in enumerate(told, 1)))
    stage.sync(source(ploomes))
    offered = re.findall(r'name="status" value="([^"]*)"', stage.html("/clientes"))
    assert offered == ["ativo", "inativo", "Descartado", "Prospecção"]
    assert stage.listed("/clientes?status=Prospecção") == ["Cliente 1"]
    assert stage.listed("/clientes?status=Prospecção&status=ativo") == ["Cliente 2", "Cliente 1"]
    assert stage.listed("/clientes?status=Descartado") == ["Cliente 3"]
    both = "/clientes?status-ploomes=prospeccao&status-ploomes=inativo"
    assert stage.listed(both) == ["Cliente 4", "Cliente 1"]


def story(base: int) -> list[tuple[str, dict[str, Any]]]:
    """A customer, a win, a sale, a loss that counts and one that does not."""

    def dealt(place: int, state: int, day: str, **more: Any) -> tuple[str, dict[str, Any]]:
        same = {"ContactId": base, "Title": "Fornecimento", "StartDate": f"2024-01-1{place}T10:00Z"}
        return "put_deals", deal(base + place, **same, **closed(state, day, **more))

    records = [
        ("put", contact(base, StatusId=None, Name="Cliente", Email=None)),
        dealt(1, 2, "2024-02-01"),
        dealt(2, 3, "2024-02-24", LossReason=DESISTENCIA),
        dealt(3, 3, "2024-02-25", LossReason=PRECO),
        ("put_orders", order(base + 4, ContactId=base, OrderNumber=None)),
    ]
    stamps = [f"2024-03-01T00:00:0{place}-03:00" for place in range(5)]
    return [
        (put, one | {"LastUpdateDate": at}) for (put, one), at in zip(records, stamps, strict=True)
    ]


def test_in_whatever_order_it_arrives_it_ends_the_same(stage: Stage, ploomes: Ploomes) -> None:
    play, made = Play(story), source(ploomes, **CHOSEN)
    for records in rounds(play):
        for put, one in records:
            getattr(ploomes, put)(one)
        stage.sync(made)
    for base in play.bases:  # a replica that is behind says once more what was
        ploomes.put(
            story(base)[0][1] | {"Name": "Antigo", "LastUpdateDate": "2024-02-29T23:59:00-03:00"}
        )
    stage.sync(made)

    stage.check()
    assert stage.bar()["Inativos"] == len(play.bases)
    (row,) = same_rows(stage, play)
    assert "Status: Inativo" in row[-1]
    tabs = ("", "relacionamento", "negocios", "pedidos")
    ((summary, history, deals, orders),) = same_for_all(stage, play, tabs=tabs)
    assert "Inativo pelas regras da loja, desde 24/02/2024" in summary
    assert "Última compra 20/02/2024" in summary
    assert history.count("Venda realizada") == 1
    assert "Negócio “Fornecimento” perdido pelo motivo “Desistência”." in history
    assert deals.count("Fornecimento") == 3
    assert "1 pedido não cancelado R$ 19,80" in orders
