"""`espelho user`, `device`, `alarms`: who may log in, which terminals may ask, who was stopped."""

from datetime import datetime, timedelta

import click

from config.assemble import ledger_of
from config.cli.options import as_json, listing, moment, with_settings
from config.settings import Settings

_ROLES = ("attendant", "supervisor", "administrator")
_RULE = "at least 10 characters; no well-known word, sequence or login by itself"
_password = click.option(
    "--password",
    prompt=f"Password ({_RULE})",
    hide_input=True,
    confirmation_prompt=True,
    envvar="ESPELHO_PASSWORD",
    help=f"{_RULE.capitalize()}. Asked for where it is not given; ESPELHO_PASSWORD for programs.",
)


@click.group()
def user() -> None:
    """The people who may log in.

    attendant: looks customers up, reveals within an hourly budget. supervisor: also reads the
    audit journal. administrator: also sees the settings. Nobody sees unmasked by default.
    """


@user.command("add")
@click.argument("login")
@click.option("--name", help="As shown on screen; the login where not given.")
@click.option(
    "--role",
    type=click.Choice(_ROLES),
    default="attendant",
    show_default=True,
    help="What they may do; `espelho user --help` says what each is.",
)
@_password
@with_settings
def add_person(settings: Settings, login: str, name: str | None, role: str, password: str) -> None:
    """Let LOGIN in."""
    from web.accounts import staff

    person = staff.add(ledger_of(settings), login, name or login, role, password)
    click.echo(f"{person.login} may log in as {person.role}.")


@user.command("password")
@click.argument("login")
@_password
@with_settings
def password_(settings: Settings, login: str, password: str) -> None:
    """Set a new password for LOGIN; their sessions end."""
    from web.accounts import staff

    staff.set_password(ledger_of(settings), login, password)
    click.echo("The password is set.")


@user.command("role")
@click.argument("login")
@click.argument("role", type=click.Choice(_ROLES))
@with_settings
def role_(settings: Settings, login: str, role: str) -> None:
    """Let LOGIN do what another ROLE may; their sessions end."""
    from web.accounts import staff

    staff.set_role(ledger_of(settings), login, role)
    click.echo(f"{login} is {role} now.")


@user.command("disable")
@click.argument("login")
@with_settings
def disable(settings: Settings, login: str) -> None:
    """Stop LOGIN at once; the journal keeps what they did."""
    from web.accounts import staff

    staff.disable(ledger_of(settings), login)
    click.echo(f"{login} cannot log in any more.")


@user.command("enable")
@click.argument("login")
@with_settings
def enable(settings: Settings, login: str) -> None:
    """Let LOGIN in again."""
    from web.accounts import staff

    staff.enable(ledger_of(settings), login)
    click.echo(f"{login} may log in again.")


@user.command("list")
@as_json
@with_settings
def list_people(settings: Settings, as_json: bool) -> None:
    """List who may log in."""
    from web.accounts import staff

    everybody = staff.listing(ledger_of(settings))
    listing(
        everybody,
        ("login", "name", "role", "active"),
        lambda p: (p.login, p.full_name, p.role, "yes" if p.active else "no"),
        as_json=as_json,
        nothing="Nobody can log in yet: `espelho user add LOGIN --role administrator`.",
    )


# `espelho device`: the terminals that may ask.


@click.group()
def device() -> None:
    """The terminals (PDV) that may ask the JSON API."""


@device.command("add")
@click.argument("name")
@click.option("--store", required=True, help="The store it stands in; one of `stores`, if set.")
@click.option(
    "--expires",
    type=click.DateTime(("%Y-%m-%d",)),
    metavar="DAY",
    help="The last day on which its token holds (2027-01-31); for good where not given.",
)
@click.option("--source", "sources", multiple=True, help="Only customers of this source; or more.")
@click.option(
    "--only",
    multiple=True,
    metavar="NAME=VALUE",
    help="Only customers whom the master gives this: seller, group, tag, category, profile or "
    "extra.NAME. Of one name any of several, of different names all.",
)
@with_settings
def add_terminal(
    settings: Settings,
    name: str,
    store: str,
    expires: datetime | None,
    sources: tuple[str, ...],
    only: tuple[str, ...],
) -> None:
    """Let the terminal NAME ask; prints its token, once.

    Only a hash of the token is kept: it cannot be shown again. Type it into the terminal now.
    """
    from mirror.instants import midnight
    from web.terminals import devices

    until = None if expires is None else midnight(expires.date() + timedelta(days=1))
    stores, scope = settings.web.stores, _scope(settings, sources, only)
    ledger = ledger_of(settings)
    token = devices.add(ledger, name, store, stores=stores, expires_at=until, scope=scope)
    click.echo("Token, shown this once; send it as `Authorization: Bearer …`:", err=True)
    click.echo(token)


def _scope(
    settings: Settings, sources: tuple[str, ...], only: tuple[str, ...]
) -> list[tuple[str, str]]:
    known = [one.name for one in settings.sources]
    if unknown := next((one for one in sources if one not in known), None):
        raise click.BadParameter(f"There is no source {unknown}; there are: {', '.join(known)}.")
    if bare := next((one for one in only if "=" not in one), None):
        raise click.BadParameter(f"--only takes NAME=VALUE, as in --only seller=Ana; not {bare!r}.")
    pairs = (one.partition("=") for one in only)
    return [*(("source", one) for one in sources), *((name, value) for name, _, value in pairs)]


@device.command("revoke")
@click.argument("name")
@with_settings
def revoke(settings: Settings, name: str) -> None:
    """Refuse the terminal NAME from its next request on."""
    from web.terminals import devices

    devices.revoke(ledger_of(settings), name)
    click.echo(f"{name} is refused from its next request on.")


@device.command("list")
@as_json
@with_settings
def list_terminals(settings: Settings, as_json: bool) -> None:
    """List the terminals, the revoked included."""
    from web.terminals import devices

    there = devices.listing(ledger_of(settings))
    listing(
        there,
        ("name", "store", "scope", "added", "last asked", "expires", "revoked"),
        lambda d: (
            d.name,
            d.store,
            (d.scope or "everybody").replace("\n", ", "),
            *map(moment, (d.created_at, d.seen_at, d.expires_at, d.revoked_at)),
        ),
        as_json=as_json,
        nothing="No terminal yet: `espelho device add NAME --store STORE`.",
    )


# `espelho alarms`: who was stopped, and how they go on.

_KINDS = {"staff": "user", "device": "device"}


@click.group(invoke_without_command=True)
@as_json
@click.pass_context
def alarms(ctx: click.Context, as_json: bool) -> None:
    """List who is locked for guessing or came to the end of a day's figures this week.

    A day's figures give again by themselves; a lock waits for `espelho alarms release`.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(_list_alarms, as_json=as_json)


@with_settings
def _list_alarms(settings: Settings, as_json: bool) -> None:
    from mirror.ledger import alarms

    listing(
        alarms.alarms(ledger_of(settings)),
        ("when", "who", "name", "rule", "locked"),
        lambda one: (
            moment(one.at),
            _KINDS[one.kind],
            one.name,
            one.rule,
            "until released" if one.locked else "no",
        ),
        as_json=as_json,
        nothing="Nobody was stopped this week.",
    )


@alarms.command("release")
@click.argument("kind", type=click.Choice(tuple(_KINDS.values())))
@click.argument("name")
@click.option("--reason", metavar="TEXT", help="Why; it is written to the journal.")
@with_settings
def release(settings: Settings, kind: str, name: str, reason: str | None) -> None:
    """Let the person (user) or terminal (device) NAME ask again."""
    from mirror.ledger import alarms

    own = {shown: own for own, shown in _KINDS.items()}[kind]
    alarms.release(ledger_of(settings), own, name, reason)
    click.echo(f"{name} may ask again.")
