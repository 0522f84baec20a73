"""Tells how a standing came about: dates, values and rules; of words of the master's no number."""

from typing import TYPE_CHECKING, Any

import click

from config.cli.shared import moment

if TYPE_CHECKING:
    from mirror.standing.facts import Step
    from mirror.standing.reading import Standing


def shown(word: str | None) -> str:
    """A word that may be the master's: a number of somebody's in it is masked."""
    from mirror.masking import mask_text

    return mask_text(word, strict=True) if word else ""


def since(us: int) -> str:
    """An instant, where it is known."""
    return moment(us or None)


def tell(one: "Standing") -> None:
    """Print an axis: what it is, by whose word, and every step, the one to come last."""
    held = f"{one.axis}: {shown(one.value)} ({one.origin})"
    says = f"; the rules say {one.derived}" if one.differs else ""
    why = f"; {one.churn}" if one.churn else ""
    click.echo(f"{held}{says}{why}")
    for step in one.steps:
        click.echo(f"  {since(step.at)}  {_line(step)}")
    if one.coming:
        click.echo(f"  {since(one.coming.at)}  {_line(one.coming)}, unless something happens first")


def as_row(one: "Standing") -> dict[str, Any]:
    """The same for programs."""
    return {
        "axis": one.axis,
        "value": shown(one.value),
        "origin": one.origin,
        "derived": one.derived,
        "since": one.since,
        "churn": one.churn,
        "steps": [_step(step) for step in one.steps],
        "coming": _step(one.coming) if one.coming else None,
    }


def _line(step: "Step") -> str:
    about = f" ({step.about})" if step.about else ""
    detail = f": {_detail(step)}" if step.detail else ""
    return f"{step.value} by {step.rule}{about}{detail}"


def _detail(step: "Step") -> str:
    if step.rule != "days_without_payment" or not step.detail:
        return shown(step.detail)
    from mirror.standing.conta_base import last_payment

    return f"the last payment, of {last_payment(step)}, counts for {step.detail} days"


def _step(step: "Step") -> dict[str, Any]:
    return {
        "at": step.at,
        "value": step.value,
        "rule": step.rule,
        "about": step.about,
        "detail": shown(step.detail) or None,
    }
