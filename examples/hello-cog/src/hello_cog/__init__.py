"""Greets people."""

from guildbase.core.feature import Feature, MessageHandler

feature = Feature(
    name="hello",
    summary="Greets people by command, and whoever says hello.",
    requires=("guilds", "configuration"),
    intents=("guilds", "guild_messages"),
    # Without it Discord sends empty texts; then only the commands work.
    optional_intents=("message_content",),
    settings="schemas:HelloSettings",
    message_handlers=(MessageHandler("cog:greet_back"),),
)
