"""The one command, `rapport`: what a team does from a terminal."""

from rapport_authoring.cli.main import main

__all__ = ["main"]
