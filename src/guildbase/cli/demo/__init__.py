"""`guildbase demo`: the local Discord in this process, bot and API in a second one, and a person at the prompt."""

from guildbase.cli.demo.run import run_demo

__all__ = ["run_demo"]
