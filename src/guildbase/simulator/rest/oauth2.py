"""/oauth2: exchanging codes for tokens, giving tokens back, and what a token is good for."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import unquote

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import oauth2
from guildbase.simulator.world.entities import Grant
from guildbase.simulator.world.oauth2 import TOKEN_LASTS, Refused

routes = RouteTable()


class OAuthError(DiscordError):
    """A refusal in OAuth2's own form; it never names a code, token or secret."""

    def __init__(self, error: str, description: str = "", *, status: int = 400) -> None:
        super().__init__(status, 0, error)
        self._body = {"error": error} | ({"error_description": description} if description else {})

    def body(self) -> Json:
        """Return the error as OAuth2 writes it."""
        return self._body


@routes.route("POST", "/oauth2/token", open=True)
def exchange(call: Call) -> Json:
    """Give tokens for a code, for a refresh token, or to the application itself (as its owner)."""
    fields = _fields(call)
    _require_client(call, fields)
    exchanges = {
        "authorization_code": _by_code,
        "refresh_token": _by_refresh_token,
        "client_credentials": _by_credentials,
    }
    wanted = exchanges.get(fields.get("grant_type", ""))
    if wanted is None:
        raise OAuthError("unsupported_grant_type", "Grant type None is not supported")
    try:
        return _tokens(call, wanted(call, fields))
    except Refused as refused:
        described = 'Invalid "code" in request.' if wanted is _by_code else ""
        raise OAuthError(str(refused), described) from None


@routes.route("POST", "/oauth2/token/revoke", open=True)
def revoke(call: Call) -> Json:
    """Take a token back, and with it all that were given for the same agreement."""
    fields = _fields(call)
    _require_client(call, fields)
    if not fields.get("token"):
        raise OAuthError("invalid_request", 'Missing "token" in request.')
    oauth2.revoke(call.world, fields["token"])
    return {}


@routes.route("GET", "/oauth2/@me", scope="", for_bots=False)
def get_authorization(call: Call) -> Json:
    """Tell what the access token is good for, and whose it is if it may tell."""
    grant = _grant(call)
    told: Json = {
        "application": payloads.partial_application(call.world),
        "scopes": list(grant.scopes),
        "expires": payloads.moment(grant.expires_at),
    }
    return told | ({"user": payloads.user(call.bot)} if "identify" in grant.scopes else {})


@routes.route("GET", "/oauth2/keys", open=True)
def get_keys(call: Call) -> Json:
    """Return the keys that sign identity tokens: none, since the simulator gives no such tokens."""
    return {"keys": []}


@routes.route("GET", "/oauth2/userinfo", scope="openid", for_bots=False)
def get_userinfo(call: Call) -> Json:
    """Return who the person is in OpenID Connect's words."""
    grant, person = _grant(call), call.bot
    told: Json = {"sub": str(person.id)}
    if "identify" in grant.scopes:
        told |= {"preferred_username": person.username, "nickname": person.global_name, "locale": person.locale}
        if person.avatar is not None:
            told["picture"] = f"{call.world.cdn_url}/avatars/{person.id}/{person.avatar}.png"
    if "email" in grant.scopes:
        told |= {"email": payloads.email(person), "email_verified": True}
    return told


def _fields(call: Call) -> dict[str, Any]:
    """Return the body, which must be a form (JSON is refused, as by Discord) and hold text only."""
    body = call.body
    if not isinstance(body, dict) or not call.is_form:
        raise OAuthError("invalid_request", "The body must be application/x-www-form-urlencoded")
    return body


def _require_client(call: Call, fields: dict[str, Any]) -> None:
    """Check the application's id and secret, in the header or in the body."""
    client_id, secret = _basic(call.authorization) or (fields.get("client_id", ""), fields.get("client_secret", ""))
    if not oauth2.is_client(call.world, client_id, secret):
        raise OAuthError("invalid_client", status=401)


def _basic(header: str) -> tuple[str, str] | None:
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote(client_id), unquote(secret)


def _by_code(call: Call, fields: dict[str, Any]) -> Grant:
    redirect_uri, verifier = fields.get("redirect_uri", ""), fields.get("code_verifier")
    return oauth2.redeem(call.world, fields.get("code", ""), redirect_uri, verifier)


def _by_refresh_token(call: Call, fields: dict[str, Any]) -> Grant:
    return oauth2.refresh(call.world, fields.get("refresh_token", ""))


def _by_credentials(call: Call, fields: dict[str, Any]) -> Grant:
    scopes = tuple(dict.fromkeys(fields.get("scope", "identify").split()))
    if not scopes or not oauth2.SCOPES.issuperset(scopes):
        raise Refused("invalid_scope")
    return oauth2.grant_access(call.world, call.world.application.owner_id, scopes, refreshable=False)


def _tokens(call: Call, grant: Grant) -> Json:
    told: Json = {
        "token_type": "Bearer",
        "access_token": grant.access_token,
        "expires_in": int(TOKEN_LASTS.total_seconds()),
        "scope": " ".join(grant.scopes),
    }
    if grant.refresh_token is not None:
        told["refresh_token"] = grant.refresh_token
    guild = call.world.guilds.get(grant.guild_id or 0)
    return told | ({"guild": payloads.guild(guild)} if guild is not None and "bot" in grant.scopes else {})


def _grant(call: Call) -> Grant:
    if call.grant is None:
        raise DiscordError(401, 0, "401: Unauthorized")
    return call.grant
