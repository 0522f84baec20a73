"""A terminal that is limited to some customers: whom it is told of, who is nobody to it."""

from collections import Counter

import pytest
from sqlalchemy import select

from mirror.ledger import journal, trace
from mirror.records import Customer, Document
from mirror.store.engine import Database
from tests.web.terminals.test_lookup import codes, look, over
from web.terminals import devices

CPF, OTHER_CPF = "52998224725", "11144477735"
ANA = Customer(
    external_id="C-7", version=1, name="Ana", documents=(Document("cpf", CPF),), seller="Norte"
)
BIA = Customer(
    external_id="C-8",
    version=1,
    name="Bia",
    documents=(Document("cpf", OTHER_CPF),),
    groups=("VIP",),
    seller="Sul",
)


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        ((), {"C-7", "C-8"}),
        ((("source", "loja"),), {"C-7", "C-8"}),
        ((("source", "outra"),), set()),
        ((("seller", "Norte"),), {"C-7"}),
        ((("seller", "Norte"), ("seller", "Sul")), {"C-7", "C-8"}),
        ((("seller", "Sul"), ("group", "VIP")), {"C-8"}),
        ((("seller", "Norte"), ("group", "VIP")), set()),
    ],
)
def test_a_terminal_is_told_of_whom_its_scope_allows(mirror_with, ledger, scope, seen):
    client = over(mirror_with(ANA, BIA), ledger)
    token = devices.add(ledger, "caixa 9", "Centro", scope=scope)

    told = [codes(look(client, token, document=cpf)) for cpf in (CPF, OTHER_CPF)]

    assert {code for one in told for code in one} == seen


def test_who_is_out_of_scope_is_nobody_but_to_the_journal(mirror_with, ledger):
    """The same body, the same cost in points, the same evidence; the journal says which."""
    client = over(mirror_with(ANA), ledger)
    token = devices.add(ledger, "caixa 9", "Centro", scope=[("seller", "Sul")])
    bodies, costs, rows = [], [], []
    for cpf in (CPF, OTHER_CPF):  # she is there, he is nowhere
        before = _traces(ledger)
        answer = look(client, token, document=cpf)
        bodies.append({key: answer.json[key] for key in answer.json if key != "freshness"})
        costs.append(_traces(ledger) - before)
        found = journal.entries(ledger, limit=2)
        rows.append(
            {(row.action, row.external_id) for row in found if row.action != "device_added"}
        )

    assert bodies[0] == bodies[1] == {
        "customers": [], "found": 0, "more": False, "understood": ["cpf"]
    }  # fmt: skip
    assert costs[0] == costs[1] == Counter({"missed": 1, "form": 1})
    assert rows[0] == {("lookup", None), ("out_of_scope", "C-7")}
    assert ("out_of_scope", "C-7") not in {*rows[1]} - rows[0]


def _traces(ledger: Database) -> Counter[str]:
    with ledger.reading() as connection:
        return Counter(connection.execute(select(trace.c.kind)).scalars())


@pytest.mark.parametrize("name", ["loja", "birth_date", ""])
def test_a_scope_goes_by_what_masters_call_customers(ledger, name):
    with pytest.raises(devices.DeviceProblem, match="scope goes by"):
        devices.add(ledger, "caixa 9", "Centro", scope=[(name, "x")])
