"""What the customers of the invented shop did: orders, payments, deals and visits to believe in.

Instants and days are fixed; what must be overdue or still to come is said by whoever asks.
"""

from datetime import UTC, date, datetime
from typing import Any

from mirror.records import Deal, Item, Order, Payment, Visit
from mirror.standing import Rules
from mirror.store.engine import Database
from tests.fakes import activities
from tests.fakes.clientele import DEUZENIR

ALL_RULES = Rules(names=("ploomes", "sell", "conta_base", "azata"), loss_reasons=("Desistência",))
CODE = "23793.38128 60007.827136 95000.063305 9 96490000018990"
BARCODE = "23799964900000189903381260007827139500006330"
PIX = "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR"
BOLETO = "https://cobranca.exemplo/boleto/9f2c"


def order(name: str = "8001", **more: Any) -> Order:
    """An order of Deuzenir's for two kinds of thing: R$ 189,90."""
    usual: dict[str, Any] = {
        "external_id": name,
        "version": 1,
        "customer": DEUZENIR.external_id,
        "state": "done",
        "state_received": "Entregue",
        "amount": 18_990,
        "number": f"2026-{name}",
        "placed_at": datetime(2026, 10, 5, 22, 30, tzinfo=UTC),
        "items": (
            Item("Camiseta básica", "2", 5_995, 11_990),
            Item("Boné de sarja", "1", 7_000, 7_000),
        ),
        "seller": "Paula Nunes",
    }
    return Order(**(usual | more))


def payment(name: str = "9001", **more: Any) -> Payment:
    """A boleto for that order, issued and due on a day long gone."""
    usual: dict[str, Any] = {
        "external_id": name,
        "version": 1,
        "customer": DEUZENIR.external_id,
        "state": "issued",
        "amount": 18_990,
        "order": "8001",
        "description": "Mensalidade de outubro",
        "due_on": date(2026, 10, 20),
        "link": BOLETO,
        "code": CODE,
        "barcode": BARCODE,
        "pix": PIX,
    }
    return Payment(**(usual | more))


def deal(name: str = "7001", **more: Any) -> Deal:
    """An open opportunity of Deuzenir's."""
    usual: dict[str, Any] = {
        "external_id": name,
        "version": 1,
        "customer": DEUZENIR.external_id,
        "state": "open",
        "amount": 1_250_000,
        "title": "Uniformes para a equipe",
        "opened_at": datetime(2026, 9, 1, 13, tzinfo=UTC),
        "stage": "Proposta",
        "pipeline": "Atacado",
    }
    return Deal(**(usual | more))


def visit(name: str = "6001", **more: Any) -> Visit:
    """A look at a page of the shop's site, which led to the order."""
    usual: dict[str, Any] = {
        "external_id": name,
        "version": 1,
        "customer": DEUZENIR.external_id,
        "page": "https://loja.exemplo/camisetas/basica",
        "visited_at": datetime(2026, 10, 5, 22, 10, tzinfo=UTC),
        "order": "8001",
    }
    return Visit(**(usual | more))


def write(db: Database, *records: Any, rules: Rules = ALL_RULES, source: str = "loja") -> None:
    """Each into its stream, in the order given; the standings move with them."""
    streams: dict[type, str] = {
        Order: "orders", Payment: "payments", Deal: "deals", Visit: "visits",
    }  # fmt: skip
    for record in records:
        activities.write(db, streams[type(record)], record, source=source, rules=rules)
