"""The command line: one command a verb; the module that holds it is imported when it is called.

What each command imports is said in `docs/decisions/0040-what-a-command-imports.md` and held by
`tests/config/test_start_up.py`.
"""

import gc
import os
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from typing import Any, NamedTuple

import click
from click.exceptions import NoSuchCommand

from config.failures import told


class _Listed(NamedTuple):
    """A command as the list of commands has it: nothing need be imported to print that."""

    module: str
    """Of this package; the command is in it under its own name."""
    told: str


_COMMANDS = {
    "demo": _Listed("demo", "Start a sandbox master, its mirror and the pages."),
    "init": _Listed("setup", "Write espelho.toml, make the key and create the databases."),
    "serve": _Listed("serve", "Serve the pages and follow the masters."),
    "sync": _Listed("sync", "Bring the mirror in step with its masters, once."),
    "status": _Listed("sync", "Say why the copy is late, and what to do."),
    "rebuild": _Listed("sync", "Set a damaged mirror aside and fill a new one."),
    "move": _Listed("setup", "Carry mirror and ledger to a server, or back to files."),
    "source": _Listed("setup", "Declare a master: presets, a first table, saved pages."),
    "check": _Listed("check", "Read one page of a master and judge it."),
    "runs": _Listed("sync", "List the runs, each with how it ended."),
    "reconcile": _Listed("reconcile", "Prove that the mirror has what the master has."),
    "refresh": _Listed("reconcile", "Ask a master for one customer, now."),
    "quarantine": _Listed("reconcile", "Show the records that could not be read."),
    "hold": _Listed("reconcile", "Show or release removals that wait for a person."),
    "standing": _Listed("standing", "Show what customers' relationships are called, and why."),
    "user": _Listed("accounts", "The people who may log in."),
    "device": _Listed("accounts", "The terminals (PDV) that may ask the JSON API."),
    "alarms": _Listed("accounts", "Who was stopped for guessing or for asking too much."),
    "sandbox": _Listed("demo", "Serve a made-up master system over real HTTP, until stopped."),
    "export": _Listed("journal", "Print the customers as JSON, masked or clear."),
    "backup": _Listed("journal", "Write a backup of staff, terminals and journal."),
    "restore": _Listed("journal", "Put a backup back; nothing revoked comes back with it."),
    "audit": _Listed("journal", "List who saw what, or verify the journal."),
}


_moves = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\r(?!\n)"
)
"""What moves a terminal's cursor, colours, title, or the order in which a line is read."""


class _Plain:
    """A stream on which names, notes and a master's words are only ever read.

    Everything a command prints goes through here. What would move the terminal is written as JSON
    would write it, so that JSON stays the same JSON.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """As of a text stream."""
        self._stream.write(_moves.sub(lambda found: f"\\u{ord(found[0]):04x}", text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        listed = _COMMANDS.get(cmd_name)
        if listed is None:
            return None
        command: click.Command = getattr(import_module(f"config.cli.{listed.module}"), cmd_name)
        command.short_help = listed.told  # what a shell shows when it completes a name
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # click looks for what was meant among commands that are imported: here none are.
        if args[0] in _COMMANDS or args[0].startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        raise NoSuchCommand(args[0], possibilities=_COMMANDS, ctx=ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # click asks every command for its line, which would import all that any of them needs.
        with formatter.section("Commands"):
            formatter.write_dl([(name, listed.told) for name, listed in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        # Imports and batches make many objects and hardly a cycle: looking for them less often is
        # worth a tenth of a short command and a twentieth of a long one. Said here, before the
        # command's module is imported.
        gc.set_threshold(100_000, 10, 10)
        plain = redirect_stdout(_Plain(sys.stdout)), redirect_stderr(_Plain(sys.stderr))
        with plain[0], plain[1]:
            return self._told(ctx)

    def _told(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as problem:
            sentence, code = told(problem)
            click.echo(f"espelho: {sentence}", err=True)
            sys.exit(code)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    metavar="FILE",
    help="The settings file. Otherwise ESPELHO_CONFIG, otherwise espelho.toml here.",
)
@click.version_option(package_name="espelho")
@click.pass_context
def main(ctx: click.Context, config: str | None) -> None:
    """A read-only mirror of a retailer's customers, kept in step with its master system.

    Try `espelho demo` first. A real installation begins with `espelho init`, then `espelho check`
    and `espelho sync`, then `espelho serve`.

    \b
    Exit codes: 0 done; 1 the master, a name or a port said no; 2 wrong usage;
    3 settings or key; 4 database or disk; 70 a defect of the program;
    75 another sync is running; 130 stopped by Ctrl-C or SIGTERM.
    """
    os.umask(0o077)  # whatever a command makes is its user's alone
    ctx.obj = config
