"""What no master should send: told in its row, or waiting in quarantine; nothing of it is lost."""

from typing import Any

import pytest

from connector.sources.rest import RestSource
from tests.fakes.looking import doings, refused
from tests.fakes.omni_master import Omni, Told, customer, done, source
from tests.fakes.shuffling import Play, deliver, rounds, same_for_all
from tests.fakes.stage import Stage, table

pytestmark = pytest.mark.engines

ANA = 7
MAY = "/cobrancas?mes=2024-05"
RULES = {"rules": ["ploomes", "sell", "conta_base", "azata"]}
STREAMS = ("orders", "payments", "deals", "visits")
TEN = "T10:00:00-03:00"
AXES = ("Status do cliente", "Cliente potencial", "Cliente", "Atividade", "Relacionamento")
NOTHING = ("Prospecção", "Não é cliente potencial", "Não é cliente", "Lead", "Lead")


@pytest.fixture
def made(omni: Omni) -> RestSource:
    return source(omni, standing=RULES)


def order(number: int, stamp: str, **more: Any) -> Told:
    usual = {"type": "pedido", "status": "entregue", "total": 10, "placed_at": f"2024-05-01{TEN}"}
    return "orders", done(number, ANA, stamp, **(usual | more))


def payment(number: int, stamp: str, v: int = 1, /, **more: Any) -> Told:
    usual = {"status": "paga", "paid_at": f"2024-05-09{TEN}", "due_on": "2024-05-10", "amount": 10}
    return "payments", done(number, ANA, stamp, v, **(usual | more))


def deal(number: int, stamp: str, **more: Any) -> Told:
    usual = {"status": "ganho", "opened_at": f"2024-05-02{TEN}", "title": f"Negócio {number}"}
    return "deals", done(number, ANA, stamp, **(usual | {"closed_at": f"2024-05-20{TEN}"} | more))


def visit(number: int, stamp: str, **more: Any) -> Told:
    usual = {"page": "/carrinho", "visited_at": f"2024-05-03{TEN}"}
    return "visits", done(number, ANA, stamp, **(usual | more))


def standings(stage: Stage) -> tuple[str, ...]:
    """What Ana is along every axis."""
    said = stage.standing(ANA)
    return tuple(said[axis].split(" pelas")[0] for axis in AXES)


def none_is_lost(stage: Stage, omni: Omni) -> None:
    """Whatever the master has is in its table, or else in quarantine."""
    waiting = set(refused(stage.mirror))
    sent = {name: {str(number) for number in omni.kept[name]} for name in STREAMS}
    there = {name: set(doings(stage.mirror, name)) for name in STREAMS}
    for name in STREAMS:
        assert there[name] <= sent[name]
        assert sent[name] - there[name] <= waiting, name
    assert waiting == {one for name in STREAMS for one in sent[name] - there[name]}


def told(stage: Stage, omni: Omni, made: RestSource, *records: Told) -> dict[str, str]:
    """Ana comes with these; what is in quarantine then."""
    if ANA not in omni.kept["customers"]:
        omni.put(("customers", customer(ANA, stage.clock.stamp())))
        stage.sync(made)  # of a first list that is nothing but wrong, it is the map that is wrong
    omni.put(*records)
    stage.sync(made)
    none_is_lost(stage, omni)
    stage.check()
    return refused(stage.mirror)


def test_a_payment_of_an_unknown_customer_waits_and_counts_meanwhile(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    stamp = stage.clock.stamp()
    omni.put(("customers", customer(1, stamp, name="Bia")))
    omni.put(payment(1, stamp, description="Mensalidade"), payment(2, stamp, customer_id=None))
    stage.sync(made)
    none_is_lost(stage, omni)
    rows = [row[2:5] for row in table(stage.html(MAY))]
    assert rows == [
        ["Cliente ainda não chegou", "Mensalidade", "R$ 10,00"],
        ["Sem cliente", "—", "R$ 10,00"],
    ]
    assert stage.charges(MAY)["Pagas"] == (2, ["R$ 20,00"])

    omni.put(("customers", customer(ANA, stage.clock.stamp())))
    stage.sync(made)
    assert [row[2] for row in table(stage.html(MAY))] == ["Ana Lima", "Sem cliente"]
    assert stage.charges(MAY)["Pagas"] == (2, ["R$ 20,00"])
    assert [row[0] for row in stage.rows(ANA, "pagamentos")] == ["Mensalidade 1"]
    assert stage.standing(ANA)["Atividade"].startswith("Ativo")
    stage.check()


def test_what_would_be_wrong_waits_in_quarantine_by_field_and_rule(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    stamp = stage.clock.stamp()
    waiting = told(
        stage,
        omni,
        made,
        payment(11, stamp, amount=-10),
        payment(12, stamp, paid_amount="-0.01"),
        payment(13, stamp, paid_at="0000-05-09T10:00:00-03:00"),
        payment(14, stamp, paid_at="2150-05-09T10:00:00-03:00"),
        order(21, stamp, total=-1),
        order(22, stamp, placed_at="0000-01-01T00:00:00Z"),
        order(23, stamp, placed_at=f"2024-06-05{TEN}"),
        order(24, stamp, placed_at=None),
        deal(31, stamp, amount=-5),
        visit(41, stamp, visited_at="0000-00-00"),
        visit(42, stamp, page=None),
    )

    assert waiting == {
        "11": "amount: negative_amount",
        "12": "paid_amount: negative_amount",
        "13": "paid_at: not_a_date",
        "14": "paid_at: in_the_future",
        "21": "amount: negative_amount",
        "22": "placed_at: not_a_date",
        "23": "placed_at: in_the_future",
        "24": "placed_at: missing",
        "31": "amount: negative_amount",
        "41": "visited_at: missing",
        "42": "page: missing",
    }
    assert standings(stage) == NOTHING
    assert "Ainda não há cobranças aqui" in stage.says(MAY)


def test_what_is_mended_leaves_quarantine_and_a_worse_version_leaves_the_better_one(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    assert told(stage, omni, made, payment(1, stage.clock.stamp(), amount=-10))
    stage.clock.move(hours=1)
    assert not told(stage, omni, made, payment(1, stage.clock.stamp(), 2, amount=30))
    assert stage.charges(MAY)["Pagas"] == (1, ["R$ 30,00"])
    assert stage.standing(ANA)["Atividade"].startswith("Ativo")

    stage.clock.move(hours=1)
    omni.put(payment(1, stage.clock.stamp(), 3, amount=-30))
    stage.sync(made)
    assert refused(stage.mirror) == {"1": "amount: negative_amount"}
    assert stage.charges(MAY)["Pagas"] == (1, ["R$ 30,00"])


def test_a_negative_amount_is_right_of_a_return(stage: Stage, omni: Omni, made: RestSource) -> None:
    assert not told(stage, omni, made, order(1, stage.clock.stamp(), type="devolução", total=-9))
    assert stage.rows(ANA, "pedidos")[0][5] == "-R$ 9,00"
    assert standings(stage) == NOTHING


def test_a_deal_that_closes_before_it_opens_is_kept_and_says_so(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    early = {"opened_at": f"2024-05-20{TEN}", "closed_at": f"2024-05-02{TEN}", "amount": 5}
    assert not told(stage, omni, made, deal(1, stage.clock.stamp(), **early))

    ((title, state, amount, opened, closed, *_),) = stage.rows(ANA, "negocios")
    assert title == "Negócio 1 No sistema de origem, fechado antes de aberto."
    assert (state, amount, opened, closed) == ("Ganho", "R$ 5,00", "20/05/2024", "02/05/2024")
    assert standings(stage)[:3] == ("Ativo", "Não é cliente potencial", "Cliente atual")


def test_a_state_that_nobody_knows_is_shown_as_it_is_called_and_an_order_in_it_is_a_purchase(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    stamp, word = stage.clock.stamp(), {"status": "em protesto"}
    assert not told(
        stage,
        omni,
        made,
        order(1, stamp, **word),
        payment(2, stamp, **word),
        deal(3, stamp, **word),
    )

    tabs = ("pedidos", "pagamentos", "negocios")
    assert [stage.rows(ANA, tab)[0][2 if tab == "pedidos" else 1] for tab in tabs] == (
        ["em protesto"] * 3
    )
    assert stage.charges(MAY)["Outras"] == (1, ["R$ 10,00"])
    assert stage.charges(MAY)["Pagas"] == (0, [])
    assert table(stage.html(MAY))[0][5] == "em protesto"
    # Nobody called it cancelled; of what is paid or won, somebody would have to say so.
    assert standings(stage) == ("Ativo", *NOTHING[1:4], "Ativo")
    assert {one.state for name in STREAMS[:3] for one in doings(stage.mirror, name).values()} == {
        "unknown"
    }


def test_another_currency_is_shown_in_its_own_and_never_added_to_reais(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    stamp = stage.clock.stamp()
    assert not told(
        stage,
        omni,
        made,
        payment(1, stamp, currency="USD", amount=1000),
        payment(2, stamp, amount=1),
        payment(3, stamp, currency="moeda", amount=70),
        order(4, stamp, currency="EUR", total=500),
        deal(5, stamp, currency="USD", amount=9),
    )

    count, sums = stage.charges(MAY)["Pagas"]
    assert (count, sums[0]) == (3, "R$ 1,00")
    assert "US$ 1.000,00" in sums
    assert len(sums) == 3
    foreign = "Em moeda estrangeira: não entra nas somas em reais."
    rows = {row[0]: row for tab in ("pagamentos", "negocios") for row in stage.rows(ANA, tab)}
    assert rows[f"1 {foreign}"][4] == "US$ 1.000,00"
    assert rows["2"][4] == "R$ 1,00"
    assert rows[f"Negócio 5 {foreign}"][2] == "US$ 9,00"
    assert "1 pedido não cancelado em EUR € 500,00" in stage.of(ANA, "pedidos")
    assert "R$ 5" not in stage.of(ANA, "pedidos")


def test_paid_nobody_says_when_counts_from_the_last_change(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    changed = "2024-05-28T12:00:00Z"
    assert not told(stage, omni, made, payment(1, changed, paid_at=None, due_on=None))

    ((name, state, due, paid_at, *_),) = stage.rows(ANA, "pagamentos")
    assert name == "1 Paga, sem a data do pagamento no sistema de origem."
    assert (state, due, paid_at) == ("Paga", "—", "28/05/2024 09:00")
    assert stage.charges(MAY)["Pagas"] == (1, ["R$ 10,00"])
    assert stage.standing(ANA)["Atividade"].startswith(
        "Ativo pelas regras da loja, desde 28/05/2024 Ficará inativo em 28/07/2024"
    )


def test_other_dates_that_are_none_are_left_out_and_told(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    bad = {"due_on": "2024-02-31", "status": "emitida", "paid_at": "2024-02-31T00:00:00Z"}
    assert not told(
        stage,
        omni,
        made,
        payment(1, stage.clock.stamp(), **bad),
        deal(2, stage.clock.stamp(), opened_at="2024-13-01"),
    )

    ((name, state, due, *_),) = stage.rows(ANA, "pagamentos")
    assert name == (
        "1 Vencimento impossível: não é mostrado. Data de pagamento impossível: não é mostrada."
    )
    assert (state, due) == ("Emitida", "—")
    assert "Data de abertura impossível: não é mostrada." in stage.rows(ANA, "negocios")[0][0]


def test_a_map_that_refuses_nearly_everything_stops_the_stream_and_not_the_others(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    stamp = stage.clock.stamp()
    omni.put(("customers", customer(ANA, stamp)))
    omni.put(*(payment(number, stamp, amount=-1) for number in range(1, 8)), order(1, stamp))
    reports = {one.source: one for one in stage.sync(made, whole=False)}

    assert "7 of 7 payments read cannot be understood" in reports["loja/payments"].sentence
    assert [name for name, one in reports.items() if not one.ok] == ["loja/payments"]
    assert doings(stage.mirror, "orders").keys() == {"1"}
    assert doings(stage.mirror, "payments") == {}


def story(base: int) -> list[Told]:
    """A payment that is wrong and mended, of a customer who is wrong once, too."""
    stamps = [f"2024-05-{day:02}T12:00:00Z" for day in range(1, 6)]

    def paid(v: int, amount: int) -> Told:
        usual = {"status": "paga", "paid_at": f"2024-05-01{TEN}", "due_on": "2024-05-02"}
        return "payments", done(base + 1, base, stamps[v], v, amount=amount, **usual)

    return [
        ("customers", customer(base, stamps[0])),
        paid(1, -5),
        paid(2, 70),
        ("customers", customer(base, stamps[3], 2, extra=["nada"])),
        ("customers", customer(base, stamps[4], 3, name="Ana Lima Reis")),
    ]


def test_in_whatever_order_a_wrong_version_and_its_mending_arrive(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    play = Play(story)
    omni.size = 5  # so many wrong ones on a page are never the map's fault
    for records in rounds(play):
        deliver(stage, made, omni, records)

    stage.check()
    assert refused(stage.mirror) == {}
    assert len(doings(stage.mirror, "payments")) == len(play.bases)
    assert stage.charges(MAY)["Pagas"][0] == len(play.bases)
    ((summary, payments),) = same_for_all(stage, play, tabs=("", "pagamentos"))
    assert "Ana Lima Reis" in summary
    assert "Há uma versão mais nova" not in summary
    assert "R$ 70,00" in payments
