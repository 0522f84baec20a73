"""`espelho sandbox`: a master in a box."""

import click

from config.cli.shared import PORT


@click.command()
@click.option(
    "--customers",
    type=click.IntRange(1, 10_000_000),
    default=2_000,
    show_default=True,
    help="How many there are at first.",
)
@click.option("--seed", default=1, show_default=True, help="The same seed, the same customers.")
@click.option(
    "--changes-per-minute",
    type=click.FloatRange(0, 1_000_000),
    default=30.0,
    show_default=True,
    help="Purchases, new phones, blocked or deleted customers …",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=PORT, default=8710, show_default=True, help="Where to listen.")
@click.option(
    "--token",
    default="sandbox",
    show_default=True,
    envvar="ESPELHO_SANDBOX_TOKEN",
    help="What callers must send as `Authorization: Bearer …`.",
)
def sandbox(
    customers: int, seed: int, changes_per_minute: float, host: str, port: int, token: str
) -> None:
    """Serve a made-up master system over real HTTP, until stopped.

    Its customers are synthetic, Brazilian and believable, with the gaps, doubles and mistakes of
    real registers; they change while it runs. A million of them need little memory: each is made
    from the seed when it is asked for.
    """
    from connector.sandbox import Sandbox, serve

    box = Sandbox(
        customers=customers,
        seed=seed,
        token=token,
        host=host,
        port=port,
        changes_per_minute=changes_per_minute,
    )
    serve(box, ready=lambda url: click.echo(f"Sandbox master with {customers:,} customers: {url}"))
