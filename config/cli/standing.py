"""`espelho standing`: what relationships are called, by whose word and why."""

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from config.assemble import mirror_of, source_of
from config.cli.options import (
    COUNT,
    NoSuchCustomer,
    Whom,
    WhomType,
    as_json,
    listing,
    moment,
    print_json,
    sources_of,
    table,
    with_settings,
    write_down,
)
from config.settings import Settings
from mirror.standing.rules import AXES

if TYPE_CHECKING:
    from mirror.reading.standings import Spread, Standing
    from mirror.standing import Step
    from mirror.store.engine import Database
    from mirror.store.sealing import Found


# Tells how a standing came about: dates, values and rules; of words of the master's no number.


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
    from mirror.standing.rules.conta_base import last_payment

    return f"the last payment, of {last_payment(step)}, counts for {step.detail} days"


def _step(step: "Step") -> dict[str, Any]:
    return {
        "at": step.at,
        "value": step.value,
        "rule": step.rule,
        "about": step.about,
        "detail": shown(step.detail) or None,
    }


@click.group()
def standing() -> None:
    """What each customer's relationship is called: by the master's word, else by the rules.

    Which rules are in force is said in the settings, under [sources.NAME.standing].
    """


@standing.command("list")
@as_json
@with_settings
def list_(settings: Settings, as_json: bool) -> None:
    """List how many customers there are at each value, and how many are due for review.

    Who is due was moved by time alone and is counted as what they became; a review writes it down.
    """
    from mirror.reading.standings import spread
    from mirror.store.progress import now_us

    names = [source.name for source in sources_of(settings, None)]
    found = list(map(_masked, spread(mirror_of(settings, read_only=True), names, now_us())))
    if as_json:
        for one in found:
            print_json(one)
        return
    rows = (
        (one.source, axis, value, f"{number:,}")
        for one in found
        for axis, values in one.axes.items()
        for value, number in values.items()
    )
    table(("source", "axis", "value", "customers"), rows, nothing="No rules are in force.")
    for one in found:
        if one.due:
            click.echo(f"{one.source}: {one.due:,} due for review; the next sync sees to it.")


@standing.command("diff")
@click.argument("source", required=False)
@click.option("--axis", type=click.Choice(tuple(AXES)), help="Only this axis.")
@click.option("--limit", type=COUNT, default=100, show_default=True, help="So many, latest first.")
@as_json
@with_settings
def diff(
    settings: Settings, source: str | None, axis: str | None, limit: int, as_json: bool
) -> None:
    """List customers of SOURCE (or of all) whom master and rules call different things.

    The master's word holds; nothing is repaired. Mend it there, or mend the rules. What its own
    system lets nobody set by hand (Sell: lost or none with an open deal) is told apart.
    """
    from mirror.reading.standings import differences
    from mirror.store.progress import now_us

    sources_of(settings, source)
    db = mirror_of(settings, read_only=True)
    found = differences(db, now_us(), source=source, axis=axis, limit=limit)
    listing(
        [replace(one, received=shown(one.received)) for one in found.rows],
        ("source", "code", "axis", "received", "derived", "derived since", "by hand"),
        lambda d: (
            *(d.source, d.code, d.axis, d.received, d.derived, since(d.since)),
            "impossible" if d.forbidden else "possible",
        ),
        as_json=as_json,
        nothing="Master and rules agree about everybody.",
    )
    if not as_json and len(found.rows) < found.total:
        click.echo(f"{len(found.rows):,} of {found.total:,} are shown; see --limit.")


@standing.command("show")
@click.argument("customer", type=WhomType())
@as_json
@with_settings
def show(settings: Settings, customer: Whom, as_json: bool) -> None:
    """Tell how the standings of CUSTOMER (SOURCE/CODE) came about, step by step."""
    from mirror.ledger.journal import whose
    from mirror.reading.standings import standings
    from mirror.store.progress import now_us

    db = mirror_of(settings, read_only=True)
    whom = _found(settings, db, customer)
    told = whose(db.keys, whom.id, whom.source, whom.customer)
    write_down(settings, "standing_shown", **told)
    found = standings(db, whom.id, now_us())
    if as_json:
        for one in found:
            print_json(as_row(one))
        return
    if not found:
        click.echo("No rules are in force for this customer's source.")
    for one in found:
        tell(one)


@standing.command("review")
@click.argument("source", required=False)
@as_json
@with_settings
def review(settings: Settings, source: str | None, as_json: bool) -> None:
    """Write down now what time has moved, and judge SOURCE (or all) anew where the rules changed.

    Every sync begins with this. It asks no master anything.
    """
    from mirror.store.lease import lease
    from mirror.writing.standings import keep_rules, review_due

    with closing(mirror_of(settings)) as db, lease(db, settings.data_dir) as fence:
        anew = dict[str, int]()
        for chosen in sources_of(settings, source):
            with closing(source_of(settings, chosen)) as master:
                anew[chosen.name] = keep_rules(db, chosen.name, master.rules, fence)
        due = review_due(db, fence)
    if as_json:
        print_json({"anew": anew, "due": due})
        return
    for name in (name for name, judged in anew.items() if judged):
        click.echo(f"{name}: the rules changed, {anew[name]:,} judged anew.")
    click.echo(f"{due:,} were due and are moved.")


@standing.command("waiting")
@click.option("--first", type=COUNT, default=5, show_default=True, help="So many ids of each.")
@as_json
@with_settings
def waiting(settings: Settings, first: int, as_json: bool) -> None:
    """List activity whose customer has not arrived: how much of each stream, and for whom.

    It counts for nobody until they come. What waits for long names customers whom the master does
    not serve, or who are in quarantine.
    """
    from mirror.reading.activity import waiting as found

    rows = found(mirror_of(settings, read_only=True), first)
    if as_json:
        for one in rows:
            print_json(one)
        return
    table(
        ("source", "stream", "records", "customers", "first of them"),
        (
            (w.source, w.stream, f"{w.records:,}", f"{w.customers:,}", ", ".join(w.first))
            for w in rows
        ),
        nothing="Nothing waits: every customer that activity names is here.",
    )


def _masked(found: "Spread") -> "Spread":
    """The same with the master's words masked; those that then look alike count together."""
    axes: dict[str, dict[str, int]] = {axis: {} for axis in found.axes}
    for axis, values in found.axes.items():
        for value, number in values.items():
            word = shown(value)
            axes[axis][word] = axes[axis].get(word, 0) + number
    return replace(found, axes=axes)


def _found(settings: Settings, db: "Database", whom: Whom) -> "Found":
    """The customer meant; raises NoSuchCustomer, or BadSettings for a source."""
    from mirror.reading.activity import whose
    from mirror.reading.find import get

    if whom.number is not None and (found := get(db, whom.number)):
        return found
    if whom.source and whom.code:
        sources_of(settings, whom.source)
        name = whom.source, whom.code
        with db.reading() as connection:
            there = whose(connection, db.keys, [name])
        if name in there and (found := get(db, there[name].id)):
            return found
    raise NoSuchCustomer(
        "The mirror does not have this customer. Write SOURCE/CODE; the code is on the customer's "
        "page."
    )
