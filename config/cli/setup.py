"""`espelho init` and `espelho source`: a new installation, and the masters it will follow."""

import ast
import inspect
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any, cast, get_args

import click

from config.cli.options import as_json, print_json, table, tell_words, with_settings
from config.failures import EXIT_FAILED
from config.settings import BadSettings, Settings, SourceSettings, find_file, load

if TYPE_CHECKING:
    from connector.preview import Inspection


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
@click.option(
    "--admin",
    envvar="ESPELHO_ADMIN_URL",
    help="Address of an administrator of the PostgreSQL server that the settings name, used this "
    "once to make databases and roles. Better in the environment: ESPELHO_ADMIN_URL.",
)
@click.pass_obj
def init(named: str | None, admin: str | None) -> None:
    """Write espelho.toml, make the key and create the databases.

    What is there already is kept; databases of an older version are brought up to date. The key
    file is readable by its owner only and is never overwritten.
    """
    from config.assemble import has_mirror, make_databases, make_places
    from mirror.store.sealing import KeyProblem, create_key

    file = find_file(named)
    if not file.exists():
        file.write_text(_TEMPLATE, "utf-8")
        click.echo(f"Wrote {file}: name your master there.")
    settings = load(file)
    if admin:
        make_places(settings, admin)
    if not settings.key_file.exists():
        if has_mirror(settings):
            raise KeyProblem(
                f"There is a mirror in {settings.data_dir} but no key {settings.key_file}. Restore "
                "the key; or delete the data directory to begin again from the master."
            )
        create_key(settings.key_file)
        click.echo(f"Made the key {settings.key_file}: back it up, apart from the data.")
    make_databases(settings)
    for name in ("mirror", "ledger"):
        where = "on its server" if getattr(settings, name).url else f"in {settings.data_dir}"
        click.echo(f"The {name} {where} is ready.")
    _next_steps(file, bool(settings.sources))


def _next_steps(file: Path, has_source: bool) -> None:
    if not has_source:
        click.echo(f"Next: declare your master in {file} (`espelho source new` writes a table to")
        click.echo(
            "begin with, `espelho source list` names the presets), then `espelho check NAME`."
        )
    click.echo("Next: `espelho user add LOGIN --role administrator`, then `espelho serve`.")


@click.command()
@click.option(
    "--to",
    "other",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings that name where they are to lie: [mirror] url and [ledger] url, or files.",
)
@with_settings
def move(settings: Settings, other: Path) -> None:
    """Carry mirror and ledger to where other settings say: to a server, back to files.

    Stop `espelho serve` first, and run `espelho init --config OTHER`. Both databases there must be
    empty. Every row is read again and compared before it counts; staff, terminals, what was
    revoked and the journal's chain stay as they are. What was here stays too: serve by the other
    settings from then on, and delete it once you need it no more.
    """
    from config.assemble import carry
    from config.cli.options import write_down

    there = load(other.absolute())
    if there.key_file.read_bytes() != settings.key_file.read_bytes():
        raise BadSettings(f"{other} names another key file: moved with it nothing could be read.")
    for name in ("mirror", "ledger"):
        here, away = (getattr(one, name).url or one.data_dir.resolve() for one in (settings, there))
        if here == away:
            raise BadSettings(f"The {name} already lies there: {other} names the same place.")
    write_down(settings, "moved")
    for name, rows in carry(settings, there).items():
        click.echo(f"The {name} was moved: {rows:,} rows, read again there and the same.")
    click.echo(f"From now on: `espelho --config {other} serve`.")


# `espelho source`: the dialects there are, a source to begin with, saved pages, the schema.

_FILES = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def source() -> None:
    """How a master is declared: the presets, a table to begin with, a try without network."""


@source.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the presets, and how far each was tried."""
    from config.sources import preset, presets

    known = [(name, preset(name)) for name in presets()]
    rows = [(name, one.get("protocol", "rest"), one.get("notice")) for name, one in known]
    if as_json:
        for row in rows:
            print_json(dict(zip(("preset", "protocol", "notice"), row, strict=True)))
        return
    shown = [(name, protocol, notice or "–") for name, protocol, notice in rows]
    table(("preset", "protocol", "how far it was tried"), shown, nothing="There is no preset.")


@source.command("new")
@click.argument("name")
@click.option("--preset", help="The dialect to begin with: `espelho source list`.")
@click.option("--own", is_flag=True, help="Copy the preset to NAME.toml, to be edited there.")
@click.pass_obj
def new(config: str | None, name: str, preset: str | None, own: bool) -> None:
    """Write a table to begin with for the source NAME into the settings.

    Without a preset also a file of its own, NAME.toml, that explains every line to be filled in.
    Its secrets are listed, each with a file and a variable to choose from. What is there is kept.
    """
    from config.sources import BLANK, begin

    for file in begin(find_file(config), name, preset or BLANK, own=own or preset is None):
        click.echo(f"Wrote {file}.")
    if preset is None:
        click.echo(f"Next: what its master calls things, line by line in {name}.toml.")
    click.echo(f"Next: its address and its secrets, then `espelho check {name}`.")


@source.command("secret")
@click.argument("name")
@click.argument("secret")
@click.option(
    "--value",
    prompt="Its value (not shown)",
    hide_input=True,
    envvar="ESPELHO_SECRET",
    help="Asked for where it is not given; ESPELHO_SECRET for programs.",
)
@click.pass_obj
def secret_(config: str | None, name: str, secret: str, value: str) -> None:
    """Write SECRET of the source NAME into the file that the settings name for it.

    The file is made anew, readable by its owner only; what stood in it is replaced.
    """
    from config.sources import keep_secret

    file = keep_secret(find_file(config), name, secret, value)
    click.echo(f"Wrote {file}, readable by its owner only. Next: `espelho check {name}`.")


@source.command("schema")
def schema_() -> None:
    """Print the JSON Schema of source files, for editors."""
    click.echo(schema_as_written(), nl=False)


@source.command("replay")
@click.argument("name")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=_FILES)
@click.option(
    "--detail",
    "details",
    multiple=True,
    type=_FILES,
    help="An answer for one customer, in the records' order; once for each.",
)
@as_json
@with_settings
def replay(
    settings: Settings, name: str, files: tuple[Path, ...], details: tuple[Path, ...], as_json: bool
) -> None:
    """Read saved pages as if the master of the source NAME had sent them, without network.

    Each FILE is one body as the master sent it. Shows, hidden, what each field became, what would
    go to quarantine and which words the map does not know; stores nothing. Exit code 1 when no
    customer came with a name.
    """
    from config.assemble import table_of
    from config.cli.check import as_row, fields_of, is_understood, tell

    chosen = settings.source(name)
    seen, mapped = _seen(settings, chosen, files, details), fields_of(table_of(settings, chosen))
    if as_json:
        row = {"source": name, "ok": is_understood(seen), "words": seen.words}
        print_json(row | as_row(seen, mapped))
    else:
        click.echo(f"{name}: {seen.received} customers on {len(files)} saved pages.")
        tell(name, seen, mapped)
        tell_words(seen.words)
    sys.exit(0 if is_understood(seen) else EXIT_FAILED)


def _seen(
    settings: Settings, chosen: SourceSettings, files: Sequence[Path], details: Sequence[Path]
) -> "Inspection":
    from config.sources import declared
    from connector.preview import Look, inspection_of, look_at_saved

    definition, look = declared(settings.file, chosen), Look()
    bodies = [detail.read_bytes() for detail in details]
    for file in files:
        look_at_saved(look, definition, f"{chosen.name}, {file}", file.read_bytes(), bodies)
    return inspection_of(look, datetime.now(UTC), 0, 0.0)


# The JSON Schema of source files: made of the definitions that read them.


def schema() -> dict[str, Any]:
    """What a source file may say, by its protocol."""
    import msgspec

    from connector.sources.checks import PROTOCOLS

    kinds = list(PROTOCOLS.values())
    wholes, parts = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    seen: set[type] = set()
    for kind in kinds:
        _explained(parts, kind, seen)
    by_protocol = dict(zip(PROTOCOLS, wholes, strict=True))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A source file of Espelho: how one kind of master serves its customers",
        "if": {"required": ["protocol"], "properties": {"protocol": {"const": "sell"}}},
        "then": by_protocol["sell"],
        "else": by_protocol["rest"],
        "$defs": parts,
    }


def _explained(parts: dict[str, Any], kind: type, seen: set[type]) -> None:
    """Give each property the words that stand below it in its definition."""
    import msgspec

    if kind in seen:
        return
    seen.add(kind)
    words = _words(kind)
    properties = parts[kind.__name__].get("properties", {})
    for field in msgspec.structs.fields(kind):
        if field.name in words and field.encode_name in properties:
            properties[field.encode_name]["description"] = words[field.name]
        for inner in _structs(field.type):
            _explained(parts, inner, seen)


def _structs(kind: Any) -> list[type]:
    """The structs that a type is made of."""
    import msgspec

    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [found for part in get_args(kind) for found in _structs(part)]


def _words(kind: type) -> dict[str, str]:
    """Field → the text below it, in the kinds it is made from too."""
    import msgspec

    kinds = (one for one in reversed(kind.__mro__) if issubclass(one, msgspec.Struct))
    return {
        field: text
        for one in kinds
        if one is not msgspec.Struct
        for field, text in _own_words(one).items()
    }


def _own_words(kind: type) -> dict[str, str]:
    # Python keeps these texts in the source alone.
    body = cast(ast.ClassDef, ast.parse(dedent(inspect.getsource(kind))).body[0]).body
    return {
        one.target.id: " ".join(text.value.value.split())
        for one, text in pairwise(body)
        if isinstance(one, ast.AnnAssign)
        and isinstance(one.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def schema_as_written() -> str:
    """The schema as it lies in the manual."""
    return json.dumps(schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
