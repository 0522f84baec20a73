"""Conta Base: active for some days after each payment, inactive after them, a lead before any.

The article's activity bar (*Barra de Atividade*):

- ``lead`` (*Leads*): registered, has not paid yet.
- ``active`` (*Ativos*): paid within the last 60 days (`Rules.days`).
- ``inactive`` (*Inativos*): the last payment is longer ago. Time alone brings this; the next
  payment undoes it.
- ``archived`` (*Arquivados*): gave up the service (*Churn*), or never became active (*Lost*). A
  person decides that: it comes from the master, never from here. *Todos* shows all but these.

The article counts days, so whole local days count here: whoever pays on day D, at whatever hour, is
active through day D + 60 and inactive from the first instant of day D + 61.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from mirror.instants import local_day, midnight
from mirror.standing import Facts, Rules, Step, beginning, changes


def timeline(facts: Facts, rules: Rules) -> dict[str, tuple[Step, ...]]:
    """The steps of the axis ``conta_base``; rules ``registered paid days_without_payment``.

    The last step may lie in the future: the day on which the time is up. At the same instant the
    time is up before the payment counts; of payments the one with the lowest id counts first.
    """
    return {"conta_base": changes(_steps(facts, rules.days))}


ARCHIVED = ("churn", "lost")
"""Why a customer is archived."""


def archived_as(derived_value: str) -> str:
    """Why an archived customer is: ``lost`` where the facts make a lead, else ``churn``."""
    return "lost" if derived_value == "lead" else "churn"


def _steps(facts: Facts, days: int) -> Iterator[Step]:
    yield Step(beginning(facts), "lead", "registered")
    time_is_up = None
    for payment in sorted(facts.payments):
        if time_is_up and time_is_up.at <= payment.at:
            yield time_is_up
        yield Step(payment.at, "active", "paid", f"payments:{payment.id}")
        time_is_up = _lapse(payment.at, days)
    if time_is_up:
        yield time_is_up


def last_payment(lapse: Step) -> date:
    """The local day of the payment whose time is up with the step ``days_without_payment``."""
    return local_day(lapse.at) - timedelta(days=int(lapse.detail or 0) + 1)


def _lapse(paid_at: int, days: int) -> Step:
    first_day_without = local_day(paid_at) + timedelta(days=days + 1)
    return Step(midnight(first_day_without), "inactive", "days_without_payment", detail=str(days))
