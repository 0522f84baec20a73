"""`espelho demo` and `espelho sandbox`: the whole idea on this machine, and a master in a box."""

import os
import secrets
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from config.cli.options import PORT
from config.failures import EXIT_FAILED
from config.settings import VARIABLE, Settings, load

if TYPE_CHECKING:
    from config.run import Child, Installation


_LOGIN, _TERMINAL = "ana", "caixa-1"
_CUSTOMERS = click.IntRange(1, 10_000_000)
_seed = click.option(
    "--seed", default=1, show_default=True, help="The same seed, the same customers."
)
_SETTINGS = """\
# Made by `espelho demo`; deleted and made again by the next one.
data_dir = "data"
key_file = "espelho.key"

[web]
shop_name = "Loja Demonstração"
port = {port}
default_ddd = "11"
required = ["document", "email", "phone", "address"]

[sources.sandbox]
preset = "omni"
base_url = "http://127.0.0.1:{master}"
interval = "5s"
secrets.token = {{ file = "sandbox.token" }}

[sources.sandbox.standing]
rules = ["conta_base", "azata", "ploomes", "sell"]
loss_reasons = ["Desistência"]
filters = ["Loja de origem"]
"""


@click.command()
@click.option(
    "--customers",
    type=_CUSTOMERS,
    default=2_000,
    show_default=True,
    help="In the sandbox master.",
)
@_seed
@click.option("--port", type=PORT, default=8700, show_default=True, help="Of the pages.")
@click.option(
    "--master-port", type=PORT, default=8710, show_default=True, help="Of the sandbox master."
)
@click.option(
    "--directory",
    default=".demo",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where settings, key and data of the demo lie; emptied first.",
)
def demo(customers: int, seed: int, port: int, master_port: int, directory: Path) -> None:
    """Start a sandbox master, mirror it and serve the pages; Ctrl-C ends it all.

    Everything lies in one directory, which every start makes anew. The customers are made up and
    keep changing; what changes in the master appears on the pages by itself.
    """
    from config.run import Child, Installation

    _refuse_taken(port, master_port)
    settings, shown = _prepare(directory.absolute(), port, master_port)
    with Installation() as installation:
        master = Child("sandbox", (
            "sandbox", "--customers", str(customers), "--seed", str(seed),
            "--port", str(master_port), "--quiet",
        ), settings.file)  # fmt: skip
        installation.add(master)
        is_synced = _first_sync(installation, master, settings, master_port)
        if is_synced:
            _serve(installation, settings, shown, port)
        elif not installation.asked_to_end:
            sys.exit(EXIT_FAILED)
    if not is_synced:  # told when what was under way has told how it ended
        click.echo("Ended before the first sync was done; the next demo begins anew.")


class Shown(NamedTuple):
    """What a demo is entered with; shown once."""

    password: str
    token: str
    """The terminal's."""


def _serve(installation: "Installation", settings: Settings, shown: Shown, port: int) -> None:
    from config.run import Child

    for name in ("connector", "web"):
        part = Child(name, ("serve", "--only", name, "--quiet"), settings.file)
        installation.add(part)
    if _answering(installation, part, port):
        _welcome(settings, shown)
    installation.run()


def _refuse_taken(port: int, master_port: int) -> None:
    from config.run.serve import refuse_taken_port

    if port == master_port:
        raise click.UsageError("--port and --master-port must differ.")
    refuse_taken_port("127.0.0.1", port, "give another --port (make demo PORT=…)")
    refuse_taken_port(
        "127.0.0.1", master_port, "give another --master-port (make demo MASTER_PORT=…)"
    )


def _prepare(directory: Path, port: int, master_port: int) -> tuple[Settings, Shown]:
    from config.assemble import ledger_of, make_databases
    from mirror.store.sealing import create_key
    from web.accounts import staff
    from web.terminals import devices

    if directory.exists() and not (directory / "sandbox.token").exists():
        raise click.UsageError(f"{directory} is not a demo's directory; it is left alone.")
    _refuse_running(directory)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700, parents=True)
    token = secrets.token_urlsafe(16)
    (directory / "sandbox.token").write_text(token)
    os.environ["ESPELHO_SANDBOX_TOKEN"] = token  # command lines can be read by everybody
    file = directory / "espelho.toml"
    file.write_text(_SETTINGS.format(port=port, master=master_port), "utf-8")
    settings = load(file)
    create_key(settings.key_file)
    make_databases(settings)
    letters = "abcdefghjkmnpqrstuvwxyz"
    password = "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))
    ledger = ledger_of(settings)
    staff.add(ledger, _LOGIN, "Ana Demonstração", "supervisor", password)
    shown = Shown(password, devices.add(ledger, _TERMINAL, "Centro"))
    ledger.close()
    os.environ[VARIABLE] = str(file)
    return settings, shown


def _refuse_running(directory: Path) -> None:
    file = directory / "espelho.toml"
    if file.exists() and _answers(load(file).port):
        raise click.UsageError(
            f"A demo is running in {directory}: end it first, or give another --directory."
        )


def _first_sync(
    installation: "Installation", master: "Child", settings: Settings, master_port: int
) -> bool:
    """False when it failed, or when all was asked to end before it was done."""
    from config.run import Child

    if not _answering(installation, master, master_port):
        return False
    return installation.finish(Child("first sync", ("sync",), settings.file)) == 0


def _answering(installation: "Installation", part: "Child", port: int) -> bool:
    """Wait for a part; False where it ended, or where all was asked to end before."""
    while not _answers(port):
        if installation.asked_to_end or part.exit_code() is not None:
            return False
        time.sleep(0.05)
    return True


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _welcome(settings: Settings, shown: Shown) -> None:
    program = os.path.relpath(sys.argv[0]) if os.path.sep in sys.argv[0] else "espelho"
    click.echo(f"""
  Espelho is running: http://127.0.0.1:{settings.port}

    login     {_LOGIN}
    password  {shown.password}

  Search for the code 100001: a customer who buys something every now and then.
  A terminal asks who that is ({_TERMINAL}; its token is shown this once):

    curl -s http://127.0.0.1:{settings.port}/api/v1/lookup \\
      -H "Authorization: Bearer {shown.token}" \\
      -H "Content-Type: application/json" -d '{{"code": "100001"}}'

  Who saw what: {program} --config {os.path.relpath(settings.file)} audit
  Ctrl-C ends it.
""")


# `espelho sandbox`: a master in a box.


@click.command()
@click.option(
    "--customers",
    type=_CUSTOMERS,
    default=2_000,
    show_default=True,
    help="How many there are at first.",
)
@_seed
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
@click.option("--quiet", is_flag=True, help="Say where it serves, and not how to follow it.")
def sandbox(
    customers: int,
    seed: int,
    changes_per_minute: float,
    host: str,
    port: int,
    token: str,
    quiet: bool,
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

    def ready(url: str) -> None:
        click.echo(f"Sandbox master with {customers:,} customers: {url}")
        if not quiet:
            click.echo(_FOLLOWING.format(url=url, token=token))

    serve(box, ready=ready)


_FOLLOWING = """
  To follow it, put this table into espelho.toml (`espelho init` writes one):

    [sources.loja]
    preset = "omni"
    base_url = "{url}"
    secrets.token = {{ file = "loja.token" }}

  then, in another window, `espelho source secret loja token` with the token

    {token}

  and `espelho check loja`, `espelho sync`, `espelho serve`. Ctrl-C ends it.
"""
