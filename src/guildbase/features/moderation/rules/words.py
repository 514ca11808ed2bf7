"""What moderators write: reasons and notes."""

from __future__ import annotations

from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _


def checked_words(text: str, most: int) -> str:
    """Return the text without space around it.

    Raises:
        InvalidInput: nothing is left of it, it is longer than `most` characters, or it cannot be stored.
    """
    text = text.strip()
    if not text:
        raise InvalidInput(_("There is nothing in it."), hint=_("Say it in a few words."))
    if len(text) > most:
        told = _("This has {length} characters; {most} are allowed.", length=len(text), most=most)
        raise InvalidInput(told, hint=_("Shorten it."))
    if "\x00" in text:
        raise InvalidInput(_("There is a character in it that cannot be stored."), hint=_("Type it again."))
    return text
