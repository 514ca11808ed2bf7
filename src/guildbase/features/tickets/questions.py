"""What the API asks the bot process about tickets; light, because the bot answers from its start on."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.services.pubsub.requests import Question


@dataclass(frozen=True, slots=True)
class AskHelper:
    """Who is this member?"""

    guild_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class SeenHelper:
    """A member as the bot sees them."""

    name: str
    role_ids: frozenset[int]
    is_admin: bool


HELPER = Question("tickets.helper", AskHelper, SeenHelper)
