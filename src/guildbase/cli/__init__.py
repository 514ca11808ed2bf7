"""The `guildbase` command."""

from guildbase.cli.app import main

__all__ = ["main"]
