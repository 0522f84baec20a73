"""`espelho device`: the terminals that may ask."""

import click

from config.assemble import ledger_of
from config.cli.shared import as_json, listing, moment, with_settings
from config.settings import Settings


@click.group()
def device() -> None:
    """The terminals (PDV) that may ask the JSON API."""


@device.command("add")
@click.argument("name")
@click.option("--store", required=True, help="The store it stands in.")
@with_settings
def add(settings: Settings, name: str, store: str) -> None:
    """Let the terminal NAME ask; prints its token, once.

    Only a hash of the token is kept: it cannot be shown again. Type it into the terminal now.
    """
    from web import devices

    token = devices.add(ledger_of(settings), name, store)
    click.echo("Token, shown this once; send it as `Authorization: Bearer …`:", err=True)
    click.echo(token)


@device.command("revoke")
@click.argument("name")
@with_settings
def revoke(settings: Settings, name: str) -> None:
    """Refuse the terminal NAME from its next request on."""
    from web import devices

    devices.revoke(ledger_of(settings), name)
    click.echo(f"{name} is refused from its next request on.")


@device.command("list")
@as_json
@with_settings
def list_(settings: Settings, as_json: bool) -> None:
    """List the terminals, the revoked included."""
    from web import devices

    there = devices.listing(ledger_of(settings))
    listing(
        there,
        ("name", "store", "added", "last asked", "revoked"),
        lambda d: (d.name, d.store, moment(d.created_at), moment(d.seen_at), moment(d.revoked_at)),
        as_json=as_json,
        nothing="No terminal yet: `espelho device add NAME --store STORE`.",
    )
