"""`espelho init`: settings, key and databases of a new installation; safe to repeat."""

from pathlib import Path

import click

from config.settings import find_file, load

_TEMPLATE = """\
# Espelho's settings. Paths are relative to this file; secrets are never in it.

data_dir = "data"
key_file = "espelho.key"      # back it up apart from the data: without it the mirror is unreadable

[web]
shop_name = "Minha Loja"
host = "127.0.0.1"            # put a reverse proxy with TLS in front, then secure_cookies = true
port = 8700
# default_ddd = "11"          # area code of a number typed without one
# master_url = "https://erp.example/clientes"

# One table a master; `preset` names a dialect that comes along: `espelho source list`.
# [sources.loja]
# preset = "omni"
# base_url = "https://master.example"
# interval = "60s"
# sweep_at = "03:00"
# secrets.token = { env = "LOJA_TOKEN" }
"""


@click.command()
@click.pass_obj
def init(named: str | None) -> None:
    """Write espelho.toml, make the key and create the databases.

    What is there already is kept; databases of an older version are brought up to date. The key
    file is readable by its owner only and is never overwritten.
    """
    from mirror.database import MIRROR_FILE, create_databases
    from mirror.sealing import KeyProblem, create_key, load_key

    file = find_file(named)
    if not file.exists():
        file.write_text(_TEMPLATE, "utf-8")
        click.echo(f"Wrote {file}: name your master there.")
    settings = load(file)
    if not settings.key_file.exists():
        if (settings.data_dir / MIRROR_FILE).exists():
            raise KeyProblem(
                f"There is a mirror in {settings.data_dir} but no key {settings.key_file}. Restore "
                "the key; or delete the data directory to begin again from the master."
            )
        create_key(settings.key_file)
        click.echo(f"Made the key {settings.key_file}: back it up, apart from the data.")
    create_databases(settings.data_dir, load_key(settings.key_file))
    click.echo(f"The databases in {settings.data_dir} are ready.")
    _next_steps(file, bool(settings.sources))


def _next_steps(file: Path, has_source: bool) -> None:
    if not has_source:
        click.echo(f"Next: declare your master in {file} (`espelho source new` writes a table to")
        click.echo(
            "begin with, `espelho source list` names the presets), then `espelho check NAME`."
        )
    click.echo("Next: `espelho user add LOGIN --role administrator`, then `espelho serve`.")
