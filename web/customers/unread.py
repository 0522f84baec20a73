"""What a customer's page says of what could not be read: numbers and since when, never a value."""

from dataclasses import dataclass
from datetime import datetime

from mirror import unread
from mirror.opening import Found
from web.current import shop
from web.presenting import instant, number

_NAMES = {
    "customers": ("cadastro", "cadastros"),
    "orders": ("pedido", "pedidos"),
    "payments": ("pagamento", "pagamentos"),
    "deals": ("negócio", "negócios"),
    "visits": ("visita", "visitas"),
}
"""What the records of a stream are called, one and several."""


@dataclass(frozen=True)
class Unread:
    """What of one customer could not be read."""

    since: datetime | None
    """Since when a newer version of the customer waits in quarantine; None where none does."""
    activities: str
    """``2 pedidos e 1 pagamento``; empty where all could be read."""


def unread_of(found: Found) -> Unread:
    """What of this customer waits in quarantine."""
    whose = (shop().mirror, found.source, found.external_id)
    since = unread.since(*whose)
    told = [counted(stream, some) for stream, some in unread.of_customer(*whose).items()]
    listed = " e ".join(filter(None, (", ".join(told[:-1]), *told[-1:])))
    return Unread(None if since is None else instant(since), listed)


def counted(stream: str, some: int) -> str:
    """``1 pedido``, ``2 pedidos``, ``mais de 1.000 pedidos``."""
    if some > unread.MOST:
        return f"mais de {number(unread.MOST)} {_NAMES[stream][1]}"
    return f"{number(some)} {_NAMES[stream][some != 1]}"
