"""Writes features into a folder, as a bot's author would."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

IMPORTS = """\
from __future__ import annotations

import asyncio

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_command, hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.bot.effects import EffectRun, effect
from guildbase.bot.router import IncomingMessage
from guildbase.core.errors import Conflict, GuildbaseError
from guildbase.core.feature import Feature, MessageHandler

"""


class LocalFeatures:
    """A folder of features, to be given as `features_dir`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def write(self, name: str, manifest: str = "", *, intents: tuple[str, ...] = ("guilds",), **files: str) -> Path:
        """Write (or rewrite) the feature; `manifest` holds further arguments of `Feature`. Returns its folder."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        arguments = f"name={name!r}, summary='For a test.', intents={intents!r}, {manifest}"
        self._file(folder, "__init__", f"feature = Feature({arguments})\n")
        for file, source in files.items():
            self._file(folder, file, source)
        return folder

    @staticmethod
    def _file(folder: Path, name: str, source: str) -> None:
        (folder / f"{name}.py").write_text(IMPORTS + dedent(source))
