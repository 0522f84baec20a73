"""Conta Base: a lead pays and is active, for sixty days; then time alone makes inactive, with the
connector stopped too, at midnight in São Paulo; archived is churn or lost; and the month's charges.
"""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.sources.rest import RestSource
from tests.fakes.omni_master import Omni, Told, customer, done, source
from tests.fakes.shuffling import Play, deliver, rounds, same_for_all, same_rows
from tests.fakes.stage import Stage, table

pytestmark = pytest.mark.engines

AXIS = "Atividade"
LISTS = {"lead": "Leads", "ativo": "Ativos", "inativo": "Inativos", "arquivado": "Arquivados"}
JUNE = "/cobrancas?mes=2024-06"
LAST_MINUTE = datetime(2024, 8, 1, 2, 59, tzinfo=UTC)
"""23:59 in São Paulo, sixty days after the first of June."""


@pytest.fixture
def made(omni: Omni) -> RestSource:
    return source(omni, standing={"rules": ["conta_base"]})


def paid(number: int, whose: int, stamp: str, at: str, v: int = 1, **more: Any) -> Told:
    usual = {"status": "paga", "paid_at": at, "due_on": at[:10], "amount": 100}
    return "payments", done(number, whose, stamp, v, **(usual | more))


def due(number: int, whose: int, stamp: str, on: str, status: str, **more: Any) -> Told:
    usual = {"status": status, "due_on": on, "issued_on": "2024-05-20", "amount": 10.5}
    return "payments", done(number, whose, stamp, **(usual | more))


def where(stage: Stage) -> dict[str, list[str]]:
    """Who is in which tab; the numbers beside the tabs must say the same, and so must the pages."""
    lists = {name: stage.listed(f"/clientes?atividade={slug}") for slug, name in LISTS.items()}
    assert stage.bar() == {name: len(names) for name, names in lists.items()}
    assert sorted(stage.listed()) == sorted(
        one for name, names in lists.items() if name != "Arquivados" for one in names
    )
    stage.check()
    return {name: names for name, names in lists.items() if names}


def test_a_lead_pays_and_sixty_days_later_is_inactive_without_any_sync(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    omni.put(("customers", customer(1, stage.clock.stamp())))
    stage.sync(made)
    assert where(stage) == {"Leads": ["Ana Lima"]}
    assert stage.standing(1)[AXIS] == "Lead pelas regras da loja, desde 05/01/2024"

    omni.put(paid(1, 1, stage.clock.stamp(), "2024-06-01T00:10:00-03:00"))
    stage.sync(made)
    assert where(stage) == {"Ativos": ["Ana Lima"]}
    assert stage.standing(1)[AXIS] == (
        "Ativo pelas regras da loja, desde 01/06/2024 "
        "Ficará inativo em 01/08/2024 se não houver novo pagamento. "
        "O último foi em 01/06/2024 e vale por 60 dias."
    )

    stage.clock.at = LAST_MINUTE  # nobody asks the master any more
    assert where(stage) == {"Ativos": ["Ana Lima"]}
    stage.clock.move(minutes=1)
    for _ in range(2):
        assert where(stage) == {"Inativos": ["Ana Lima"]}
        assert stage.standing(1)[AXIS] == "Inativo pelas regras da loja, desde 01/08/2024"
        assert "Atividade: Inativo" in stage.says("/clientes")
        assert stage.story(1) == [
            [
                ("01/08/2024", "Inativo", "Mais de 60 dias desde o último pagamento."),
                ("01/06/2024", "Ativo", "Pagamento 1 realizado."),
                ("05/01/2024", "Lead", "Cadastrado, ainda sem pagamento."),
            ]
        ]
        stage.sync(made)  # and the same once it is written down

    omni.put(paid(2, 1, stage.clock.stamp(), "2024-08-01T00:00:00-03:00"))
    stage.sync(made)
    assert where(stage) == {"Ativos": ["Ana Lima"]}


def test_a_payment_that_waited_longer_than_sixty_days_for_its_customer(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    stage.sync(made)
    omni.put(paid(1, 7, stage.clock.stamp(), "2024-06-01T23:50:00-03:00"))
    stage.sync(made)
    stage.clock.at = LAST_MINUTE
    omni.put(("customers", customer(7, stage.clock.stamp())))
    stage.sync(made)
    assert where(stage) == {"Ativos": ["Ana Lima"]}
    stage.clock.move(minutes=1)
    assert where(stage) == {"Inativos": ["Ana Lima"]}


def test_the_days_are_the_shop_s_to_choose(stage: Stage, omni: Omni) -> None:
    omni.put(("customers", customer(1, stage.clock.stamp())))
    omni.put(paid(1, 1, stage.clock.stamp(), "2024-06-01T12:00:00-03:00"))
    stage.sync(source(omni, standing={"rules": ["conta_base"], "days": 1}))
    assert where(stage) == {"Inativos": ["Ana Lima"]}
    assert "Mais de 1 dias" in stage.of(1, "relacionamento")


def test_archived_is_churn_or_lost_and_everybody_is_all_but_those(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    people = {1: "Churn", 2: "Lost", 3: "Lead", 4: "Ativa", 5: "Churn antigo"}
    for number, name in people.items():
        about: dict[str, Any] = {"name": name, "archived": number in (1, 2, 5)}
        about["archived_on"] = {1: "2024-05-31", 2: "2024-06-01", 5: "2024-06-02"}.get(number)
        omni.put(("customers", customer(number, stage.clock.stamp(), **about)))
    for number, at in ((1, "2024-05-20"), (4, "2024-05-21"), (5, "2023-01-10")):
        omni.put(paid(number, number, stage.clock.stamp(), f"{at}T12:00:00-03:00"))
    stage.sync(made)

    archived = ["Churn antigo", "Lost", "Churn"]
    assert where(stage) == {"Leads": ["Lead"], "Ativos": ["Ativa"], "Arquivados": archived}
    assert "Todos menos os arquivados" in stage.says("/clientes")
    assert stage.total() == "2 clientes"
    for number, why in ((1, "churn: deixou de ser cliente"), (2, "lost: nunca chegou a pagar")):
        assert stage.standing(number)[AXIS].startswith(f"Arquivado ({why}) recebida")

    churn, lost = "atividade=arquivado&arquivado=churn", "atividade=arquivado&arquivado=lost"
    assert stage.listed(f"/clientes?{churn}") == ["Churn antigo", "Churn"]
    assert stage.listed(f"/clientes?{lost}") == ["Lost"]
    assert stage.bar(2, f"/clientes?{lost}") == {"Churn": 2, "Lost": 1}
    assert months(stage) == {"Churn": ["1", "1"], "Lost": ["0", "1"]}
    assert stage.listed("/clientes?ficou.arquivado.churn=2024-05") == ["Churn"]
    assert "Churn em maio de 2024 (Arquivados)" in stage.says(
        "/clientes?ficou.arquivado.churn=2024-05"
    )

    stage.clock.move(days=70)  # who is archived stays so, whatever time does
    assert where(stage) == {"Leads": ["Lead"], "Inativos": ["Ativa"], "Arquivados": archived}
    assert "churn" in stage.standing(1)[AXIS]

    omni.put(("customers", customer(1, stage.clock.stamp(), 2, name="Churn", archived=False)))
    stage.sync(made)
    assert where(stage)["Inativos"] == ["Ativa", "Churn"]
    assert months(stage) == {"Churn": ["0", "1"], "Lost": ["0", "1"]}


def months(stage: Stage) -> dict[str, list[str]]:
    """Churn and lost of May and June, as the page of June says."""
    html = stage.html("/assistente?mes=2024-06")
    titles = re.findall(r'<th scope="col">(.*?)(?:<small>.*?)?</th>', html)
    june, may = table(html.partition('class="year"')[2])[:2]
    return {one: [may[place], june[place]] for one in ("Churn", "Lost")
            for place in [titles.index(one) - 1]}  # fmt: skip


def test_the_charges_of_a_month_are_in_the_state_that_the_day_makes_them(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    stamp = stage.clock.stamp()
    omni.put(("customers", customer(1, stamp)))
    omni.put(due(1, 1, stamp, "2024-06-20", "agendada"))
    omni.put(due(2, 1, stamp, "2024-06-10", "emitida"))
    omni.put(due(3, 1, stamp, "2024-06-03", "emitida"))
    omni.put(due(4, 1, stamp, "2024-06-02", "emitida"))
    omni.put(due(5, 1, stamp, "2024-06-01", "em atraso", amount=1000))
    omni.put(paid(6, 1, stamp, "2024-06-02T10:00:00-03:00", paid_amount=102.5))
    omni.put(due(7, 1, stamp, "2024-06-04", "cancelada"))
    omni.put(due(8, 1, stamp, "2024-06-05", "excluída"))
    omni.put(due(9, 1, stamp, "2024-07-01", "emitida"))
    stage.sync(made)

    assert stage.charges(JUNE) == {
        "Todas": (8, ["R$ 1.163,00"]),
        "Agendadas": (1, ["R$ 10,50"]),
        "Emitidas": (2, ["R$ 21,00"]),
        "Em atraso": (2, ["R$ 1.010,50"]),
        "Pagas": (1, ["R$ 100,00"]),
        "Canceladas": (1, ["R$ 10,50"]),
        "Excluídas": (1, ["R$ 10,50"]),
    }
    assert "Sem as canceladas e excluídas: 6, R$ 1.142,00" in stage.says(JUNE)
    assert "pago R$ 102,50" in stage.says(JUNE)
    assert late(stage) == ["01/06/2024", "02/06/2024"]

    stage.clock.at = datetime(2024, 6, 4, 2, 59, tzinfo=UTC)  # 23:59 on the third
    assert late(stage) == ["01/06/2024", "02/06/2024"]
    stage.clock.move(minutes=1)
    assert late(stage) == ["01/06/2024", "02/06/2024", "03/06/2024"]
    assert stage.charges(JUNE)["Emitidas"] == (1, ["R$ 10,50"])

    omni.put(("payments", due(3, 1, stage.clock.stamp(), "2024-06-03", "paga")[1]
              | {"v": 2, "paid_at": "2024-06-03T22:00:00-03:00"}))  # fmt: skip
    stage.sync(made)
    assert late(stage) == ["01/06/2024", "02/06/2024"]
    assert stage.charges(JUNE)["Pagas"] == (2, ["R$ 110,50"])


def late(stage: Stage) -> list[str]:
    """The days of the charges that are late; the customer's own tab must say the same of each."""
    rows = table(stage.html(f"{JUNE}&situacao=em-atraso"))
    assert {row[5] for row in rows} == {"Em atraso"}
    assert len(rows) == stage.charges(JUNE)["Em atraso"][0]
    own = [row[2].split()[0] for row in stage.rows(1, "pagamentos") if row[1] == "Em atraso"]
    assert [row[0] for row in rows] == sorted(own)
    return [row[0] for row in rows]


def story(base: int) -> list[Told]:
    """Two versions of a customer, a charge that is paid late, and a payment before it."""
    stamps = [f"2024-05-{day:02}T12:00:00Z" for day in range(1, 6)]
    charge = due(base + 1, base, stamps[1], "2024-04-10", "emitida")
    late = {"v": 2, "updated_at": stamps[3], "status": "paga", "paid_at": "2024-05-04T01:00:00Z"}
    return [
        ("customers", customer(base, stamps[0], groups=["Matrícula 2023"])),
        charge,
        paid(base + 2, base, stamps[2], "2024-02-01T10:00:00-03:00"),
        ("payments", charge[1] | late),
        ("customers", customer(base, stamps[4], 2, groups=["Matrícula 2024"])),
    ]


def test_in_whatever_order_it_arrives_it_ends_the_same_and_time_goes_on_for_all(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    play = Play(story)
    for told in rounds(play):
        deliver(stage, made, omni, told)
    number, tabs = len(play.bases), ("", "relacionamento", "pagamentos")

    stage.check()
    assert stage.bar()["Ativos"] == number
    assert stage.charges("/cobrancas?mes=2024-04")["Pagas"][0] == number
    assert stage.charges("/cobrancas?mes=2024-04")["Emitidas"][0] == 0
    assert stage.charges("/cobrancas?mes=2024-02")["Pagas"][0] == number
    assert len(same_rows(stage, play)) == 1
    ((summary, history, payments),) = same_for_all(stage, play, tabs=tabs)
    assert "Ficará inativo em 03/07/2024" in summary
    assert "Grupos Matrícula 2024" in summary
    assert history.count("realizado") == 2
    assert "N01 Paga 10/04/2024 emitida 20/05/2024 03/05/2024 22:00 R$ 10,50" in payments
    assert "N02 Paga 01/02/2024 01/02/2024 10:00 R$ 100,00" in payments

    stage.clock.at = datetime(2024, 7, 3, 3, tzinfo=UTC)
    stage.check()
    assert stage.bar() == {"Leads": 0, "Ativos": 0, "Inativos": number, "Arquivados": 0}
    ((summary, history, _),) = same_for_all(stage, play, tabs=tabs)
    assert "Inativo pelas regras da loja, desde 03/07/2024" in summary
    assert history.count("Mais de 60 dias") == 2
