"""The command line: one command a verb; the module that holds it is imported when it is called."""

import gc
import os
import sys
from importlib import import_module
from typing import Any

import click

from config.failures import told

_COMMANDS = {
    "demo": "demo",
    "init": "setup",
    "serve": "serve",
    "sync": "sync",
    "source": "setup",
    "check": "check",
    "runs": "sync",
    "reconcile": "reconcile",
    "refresh": "reconcile",
    "quarantine": "reconcile",
    "hold": "reconcile",
    "standing": "standing",
    "user": "accounts",
    "device": "accounts",
    "sandbox": "demo",
    "export": "journal",
    "audit": "journal",
}
"""Command → the module of this package that holds it, under the same name."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(f"config.cli.{module}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
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
    75 another sync is running; 130 stopped by Ctrl-C.
    """
    os.umask(0o077)  # whatever a command makes is its user's alone
    # Imports and batches make many objects and hardly a cycle: looking for them less often is
    # worth a tenth of a short command and a twentieth of a long one.
    gc.set_threshold(25_000, 10, 10)
    ctx.obj = config
