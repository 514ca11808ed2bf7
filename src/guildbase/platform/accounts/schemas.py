"""The shapes of logins, API keys and security events. Ids are text, because JavaScript would round them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from guildbase.core.rights import NAMES, RightName
from guildbase.core.validators import Cursor


class UserOut(BaseModel):
    """Somebody's Discord account."""

    id: str = Field(examples=["1128754567890123457"])
    username: str
    name: str = Field(description="What people call them.")
    avatar_url: str | None


class Me(BaseModel):
    """Who is signed in."""

    user: UserOut
    csrf_token: str = Field(description="To be sent as `X-CSRF-Token` with everything that changes something.")
    is_operator: bool = Field(description="Whether they belong to the bot's developer team.")
    version: str = Field(description="Guildbase's version.")


class GuildOut(BaseModel):
    """A server that the person has access to, or could bring the bot to."""

    id: str = Field(examples=["1128754567890123457"])
    name: str
    icon_url: str | None
    is_bot_here: bool
    rights: list[RightName] = Field(description="Everything that they may do there.")
    member_count: int | None = Field(default=None, description="As far as Discord tells.")


class GuildList(BaseModel):
    """The servers of the person, those with the bot first."""

    guilds: list[GuildOut]
    invite_url: str = Field(description="Where the bot is brought to a server; add `&guild_id=ID` for a certain one.")
    is_complete: bool = Field(default=True, description="Whether Discord could be asked for servers without the bot.")


class SessionOut(BaseModel):
    """One login."""

    id: UUID
    is_current: bool
    created_at: datetime
    seen_at: datetime = Field(description="When it was last used, give or take a minute.")
    browser: str = Field(description="The browser and its system in few words; empty if it said nothing.")
    address: str | None = Field(description="Where it signed in from; forgotten after some days.")


class SessionList(BaseModel):
    """The person's logins, the one that was used last first."""

    sessions: list[SessionOut]


class EndedSessions(BaseModel):
    """How many logins have ended."""

    ended: int


class KeyOut(BaseModel):
    """An API key, without the key itself."""

    number: int = Field(examples=[1])
    name: str
    prefix: str = Field(description="How the key begins, to tell keys apart.", examples=["gb_Xb3kQ9aZ"])
    scopes: list[RightName]
    guild_id: str | None
    is_active: bool
    created_by: str | None = Field(description="The person whose rights it is bound to.")
    created_by_name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="Give or take a minute.")
    replaced_by: int | None = Field(description="The key that took its place; the old one works until `expires_at`.")


class KeyList(BaseModel):
    """API keys, the newest first."""

    keys: list[KeyOut]


class KeyIn(BaseModel):
    """What a new key is called and may do."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=60)]
    scopes: Annotated[list[RightName], Field(min_length=1, max_length=len(NAMES))]
    expires_at: AwareDatetime | None = None


class OperatorKeyIn(BaseModel):
    """What a new key of the whole installation is called."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=60)]
    expires_at: AwareDatetime | None = None


class KeyRotation(BaseModel):
    """How long the old key goes on working."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: Annotated[int, Field(ge=0, le=168)] = 24


class NewKeyOut(BaseModel):
    """A key that was just made."""

    key: KeyOut
    secret: str | None = Field(
        description="The key itself, shown this once; null when the request was only repeated.",
        examples=["gb_Xb3kQ9aZ..."],
    )


class SecurityEventOut(BaseModel):
    """Something that matters to security."""

    id: UUID
    kind: str = Field(examples=["access.refused"])
    user_id: str | None
    guild_id: str | None
    key_number: int | None = Field(description="The API key that was used.")
    address: str | None
    route: str
    details: dict[str, str]
    correlation_id: str | None
    created_at: datetime


class SecurityEventPage(BaseModel):
    """A page of security events, the newest first."""

    events: list[SecurityEventOut]
    next_after: Cursor | None = Field(description="Send it as `after` for the next page; null on the last one.")


class ActiveIn(BaseModel):
    """Whether somebody may sign in."""

    model_config = ConfigDict(extra="forbid")

    is_active: bool
