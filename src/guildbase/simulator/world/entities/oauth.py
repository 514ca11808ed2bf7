"""What people have allowed the application by OAuth2."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class AuthorizationCode:
    """A code that the application can exchange once; `challenge` is what PKCE binds it to."""

    code: str
    user_id: int
    scopes: tuple[str, ...]
    redirect_uri: str
    expires_at: datetime
    challenge: str | None = None
    challenge_method: str = "plain"
    guild_id: int | None = None


@dataclass(slots=True)
class Grant:
    """What one person has allowed, with the tokens that are good for it now."""

    id: int
    user_id: int
    scopes: tuple[str, ...]
    access_token: str
    refresh_token: str | None
    expires_at: datetime
    guild_id: int | None = None


@dataclass(slots=True)
class OAuth:
    """All codes and grants. Codes and refresh tokens that were used are kept, since using one again is an attack."""

    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    grants: dict[int, Grant] = field(default_factory=dict)
    by_access_token: dict[str, int] = field(default_factory=dict)
    by_refresh_token: dict[str, int] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
