"""Who gets through the gate."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from guildbase.core.i18n import _


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody wants to get in."""

    created_at: datetime
    """When their account was made."""
    joined_at: datetime
    attempts: int
    """Wrong answers so far."""


def refusal(
    knock: Knock, now: datetime, *, account_age: timedelta | None, wait: timedelta | None, most_attempts: int
) -> str | None:
    """Return why they do not get in now, for them; None if nothing is in their way but the question."""
    if knock.attempts >= most_attempts:
        return _("You answered wrongly too often. Please ask the staff of this server to let you in.")
    if account_age is not None and now - knock.created_at < account_age:
        when = f"<t:{int((knock.created_at + account_age).timestamp())}:R>"
        return _("Your account is too new. You may try again {when}, or ask the staff.", when=when)
    if wait is not None and now - knock.joined_at < wait:
        when = f"<t:{int((knock.joined_at + wait).timestamp())}:R>"
        return _("Please read the rules first; you may get in {when}.", when=when)
    return None


def is_right(answer: str, right: Iterable[str]) -> bool:
    """Tell whether it is one of the right answers; case, accents' form and space around do not matter."""
    return _plain(answer) in {_plain(it) for it in right}


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
