"""How the bot fares, what it can do, and its owner's commands."""

from guildbase.core.feature import Feature

feature = Feature(
    name="status",
    summary="Shows how the bot fares and what it can do; lets its owners swap features at run time.",
    category="Basics",
    intents=("guilds",),
)
