"""OAuth2: codes, grants and tokens, by the world's clock.

Source: https://discord.com/developers/docs/topics/oauth2
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta

from guildbase.simulator.world.entities import AuthorizationCode, Grant
from guildbase.simulator.world.state import World

SCOPES = frozenset((
    "identify", "email", "connections", "guilds", "guilds.join", "guilds.members.read", "bot", "openid",
    "applications.commands", "applications.commands.update", "applications.commands.permissions.update",
    "applications.entitlements", "role_connections.write",
))  # fmt: skip
CODE_LASTS = timedelta(minutes=10)
TOKEN_LASTS = timedelta(days=7)


class Refused(Exception):
    """The exchange is refused; the text is the error's name in OAuth2."""


def issue_code(
    world: World,
    user_id: int,
    scopes: tuple[str, ...],
    redirect_uri: str,
    *,
    challenge: str | None = None,
    challenge_method: str = "plain",
    guild_id: int | None = None,
) -> str:
    """Return a code for what the person has agreed to."""
    code = secrets.token_urlsafe(22)
    expires = world.clock.now() + CODE_LASTS
    world.oauth.codes[code] = AuthorizationCode(
        code, user_id, scopes, redirect_uri, expires, challenge, challenge_method, guild_id
    )
    return code


def redeem(world: World, code: str, redirect_uri: str, verifier: str | None) -> Grant:
    """Exchange the code, once; using it again takes back what it was exchanged for."""
    kept = world.oauth.codes.pop(code, None)
    if kept is None:
        revoke_grant(world, world.oauth.used.get(code))
        raise Refused("invalid_grant")
    if world.clock.now() >= kept.expires_at or redirect_uri != kept.redirect_uri or not _proven(kept, verifier):
        raise Refused("invalid_grant")
    grant = grant_access(world, kept.user_id, kept.scopes, guild_id=kept.guild_id)
    world.oauth.used[code] = grant.id
    return grant


def grant_access(
    world: World, user_id: int, scopes: tuple[str, ...], *, refreshable: bool = True, guild_id: int | None = None
) -> Grant:
    """Return a new grant with its tokens."""
    refresh = _token() if refreshable else None
    expires = world.clock.now() + TOKEN_LASTS
    grant = Grant(world.new_id(), user_id, scopes, _token(), refresh, expires, guild_id)
    world.oauth.grants[grant.id] = grant
    _index(world, grant)
    return grant


def refresh(world: World, refresh_token: str) -> Grant:
    """Give the grant new tokens; a refresh token that was used before takes the whole grant back."""
    grant = world.oauth.grants.get(world.oauth.by_refresh_token.pop(refresh_token, 0))
    if grant is None:
        revoke_grant(world, world.oauth.used.get(refresh_token))
        raise Refused("invalid_grant")
    world.oauth.by_access_token.pop(grant.access_token, None)
    world.oauth.used[refresh_token] = grant.id
    grant.access_token, grant.refresh_token = _token(), _token()
    grant.expires_at = world.clock.now() + TOKEN_LASTS
    _index(world, grant)
    return grant


def bearer(world: World, access_token: str) -> Grant | None:
    """Return what the access token is good for; None if it is unknown or has expired."""
    grant = world.oauth.grants.get(world.oauth.by_access_token.get(access_token, 0))
    return None if grant is None or world.clock.now() >= grant.expires_at else grant


def revoke(world: World, token: str) -> None:
    """Take back the grant of an access or refresh token; an unknown one is no error."""
    oauth = world.oauth
    revoke_grant(world, oauth.by_access_token.get(token) or oauth.by_refresh_token.get(token))


def revoke_grant(world: World, grant_id: int | None) -> None:
    """Take a grant back with all its tokens."""
    grant = world.oauth.grants.pop(grant_id or 0, None)
    if grant is not None:
        world.oauth.by_access_token.pop(grant.access_token, None)
        world.oauth.by_refresh_token.pop(grant.refresh_token or "", None)


def has_agreed(world: World, user_id: int, scopes: tuple[str, ...]) -> bool:
    """Tell whether the person has allowed all these scopes before."""
    return any(it.user_id == user_id and set(scopes) <= set(it.scopes) for it in world.oauth.grants.values())


def is_client(world: World, client_id: str, secret: str) -> bool:
    """Tell whether these are the application's own credentials."""
    known = world.application
    right = hmac.compare_digest(secret.encode(), known.secret.encode())
    return right and bool(known.secret) and client_id == str(known.id)


def _proven(code: AuthorizationCode, verifier: str | None) -> bool:
    """Tell whether who exchanges the code is who asked for it (PKCE)."""
    if code.challenge is None:
        return not verifier
    given = (verifier or "").encode()
    if code.challenge_method == "S256":
        given = base64.urlsafe_b64encode(hashlib.sha256(given).digest()).rstrip(b"=")
    return hmac.compare_digest(given, code.challenge.encode())


def _token() -> str:
    return secrets.token_urlsafe(24)


def _index(world: World, grant: Grant) -> None:
    world.oauth.by_access_token[grant.access_token] = grant.id
    if grant.refresh_token is not None:
        world.oauth.by_refresh_token[grant.refresh_token] = grant.id
