"""A small feature that the story writes into a folder, edits and swaps in the running bot."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

FIRST_WORDS = "first words"

_MANIFEST = dedent(
    '''\
    """A note of the day."""

    from guildbase.core.feature import Feature

    feature = Feature(name="daily_note", summary="Shows a note.")
    '''
)
_COG = dedent(
    '''\
    """The command of the daily note."""

    from guildbase.bot.cog import BaseCog
    from guildbase.bot.commands import hybrid_command
    from guildbase.bot.context import Context

    from . import views


    class DailyNote(BaseCog):
        """Shows a note."""

        @hybrid_command()
        async def today(self, ctx: Context) -> None:
            """Show the note of the day."""
            await ctx.send(views.TEXT, ephemeral=True)
    '''
)


def write_example(folder: Path) -> None:
    """Write the feature into the folder."""
    package = folder / "daily_note"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(_MANIFEST)
    (package / "cog.py").write_text(_COG)
    rewrite_view(folder, FIRST_WORDS)


def rewrite_view(folder: Path, text: str) -> None:
    """Let the feature say something else from its next reload on."""
    (folder / "daily_note" / "views.py").write_text(f"TEXT = {text!r}\n")
