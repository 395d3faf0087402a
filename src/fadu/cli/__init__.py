"""The command line: human output by default, ``--json`` everywhere. Names and keys are a contract."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from fadu import __version__
from fadu.law.errors import FaduError

COMMANDS = {
    "law": "fadu.cli.law:law",
    "due": "fadu.cli.due:due",
    "check": "fadu.cli.check:check",
    "explain": "fadu.cli.explain:explain",
    "measure": "fadu.cli.measure:measure",
    "vary": "fadu.cli.vary:vary",
    "simulate": "fadu.cli.simulate:simulate",
    "init": "fadu.cli.init:init",
    "serve": "fadu.cli.serve:serve",
    "worker": "fadu.cli.worker:worker",
    "holidays": "fadu.cli.holidays:holidays",
    "rebuild": "fadu.cli.rebuild:rebuild",
    "verify": "fadu.cli.verify:verify",
    "checkpoint": "fadu.cli.witness:checkpoint",
    "witness": "fadu.cli.witness:witness",
    "backup": "fadu.cli.backup:backup",
    "restore": "fadu.cli.restore:restore",
    "migrate-store": "fadu.cli.migrate_store:migrate_store",
    "play": "fadu.cli.play:play",
    "import": "fadu.cli.imports:import_register",
    "export": "fadu.cli.export:export",
}


class _Lazy(click.Group):
    """Commands are imported when called, so that a short answer starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=_Lazy, help="法度：一个办件，法律要求什么；所有办件，做到了多少。")
@click.version_option(__version__, prog_name="fadu")
def group() -> None:
    """The command group."""


def main() -> None:
    """Entry point: an error a user can mend is one message, not a trace; exit code 2."""
    try:
        group(prog_name="fadu")
    except FaduError as error:
        click.echo(f"错误：{error}", err=True)
        sys.exit(2)
