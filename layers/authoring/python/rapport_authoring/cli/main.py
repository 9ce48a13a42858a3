"""The commands, gathered; each is loaded when it is called, so that `rapport check` starts quickly."""

import importlib
from collections.abc import Mapping
from typing import Final

import click

COMMANDS: Final[Mapping[str, str]] = {
    "new": "rapport_authoring.cli.catalogue:new",
    "check": "rapport_authoring.cli.catalogue:check",
    "simulate": "rapport_authoring.cli.simulate:simulate",
    "preview": "rapport_authoring.cli.preview:preview",
    "push": "rapport_authoring.cli.publish:push",
    "rollback": "rapport_authoring.cli.publish:rollback",
    "explain": "rapport_authoring.cli.explain:explain",
    "import": "rapport_authoring.cli.importing:import_people",
    "status": "rapport_authoring.cli.duty:status",
    "pause": "rapport_authoring.cli.duty:pause",
    "resume": "rapport_authoring.cli.duty:resume",
    "redrive": "rapport_authoring.cli.duty:redrive",
    "keys": "rapport_authoring.cli.keys:keys",
    "report": "rapport_authoring.cli.report:report",
    "what-if": "rapport_authoring.cli.what_if:what_if",
    "local": "rapport_authoring.local.commands:local",
}
"""A command's name -> where it is, module and attribute."""


class Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a file that cannot be read or written is a problem in one line."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise click.ClickException(str(error)) from None

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The names, in the order of a day's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        """The command of a name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(module), attribute)
        return found


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="rapport-authoring", prog_name="rapport")
def main() -> None:
    """Rapport: personalisation with manners.

    Write a catalogue (rapport new), check it, try it on last year's events (rapport simulate), look at its messages
    (rapport preview), publish it (rapport push).
    """
