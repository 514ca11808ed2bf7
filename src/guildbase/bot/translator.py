"""Describes the commands to Discord in all languages; their names stay English, so that people can tell each other."""

from __future__ import annotations

from discord import Locale, app_commands
from discord.app_commands import TranslationContextLocation as Where
from discord.app_commands import TranslationContextTypes

from guildbase.core.i18n import ENGLISH, languages, speaking, translated

TRANSLATED = (
    Where.command_description, Where.group_description, Where.parameter_description, Where.choice_name,
)  # fmt: skip


class CommandTranslator(app_commands.Translator):
    """Looks descriptions and choices up in the catalogues."""

    async def translate(
        self, string: app_commands.locale_str, locale: Locale, context: TranslationContextTypes
    ) -> str | None:
        """Return the text in the language, or None where English serves."""
        language = str(locale)
        if context.location not in TRANSLATED or language == ENGLISH or language not in languages():
            return None
        with speaking(language):
            found = translated(string.message)
        return None if found == string.message else found
