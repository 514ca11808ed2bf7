"""Accounts and the application."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag


@dataclass(slots=True)
class User:
    """An account: a person or the bot."""

    id: int
    username: str
    global_name: str | None = None
    bot: bool = False
    avatar: str | None = None
    dms_open: bool = True


class ApplicationFlag(IntFlag):
    """The grants of privileged intents; the limited form is what bots in fewer than 100 guilds have."""

    PRESENCE = 1 << 12
    PRESENCE_LIMITED = 1 << 13
    GUILD_MEMBERS = 1 << 14
    GUILD_MEMBERS_LIMITED = 1 << 15
    MESSAGE_CONTENT = 1 << 18
    MESSAGE_CONTENT_LIMITED = 1 << 19


ALL_PRIVILEGED = (
    ApplicationFlag.PRESENCE_LIMITED | ApplicationFlag.GUILD_MEMBERS_LIMITED | ApplicationFlag.MESSAGE_CONTENT_LIMITED
)


@dataclass(slots=True)
class Application:
    """The one application whose bot connects; its flags grant privileged intents."""

    id: int
    name: str
    token: str
    owner_id: int
    flags: ApplicationFlag = ALL_PRIVILEGED
    description: str = ""
    secret: str = ""
    redirect_uris: list[str] = field(default_factory=list)
