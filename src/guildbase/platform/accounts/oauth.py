"""Discord's side of a sign-in: the address of its consent page, and the few calls that follow.

Source: https://discord.com/developers/docs/topics/oauth2
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import structlog

from guildbase.core.errors import ConfigurationError, GuildbaseError
from guildbase.core.i18n import _
from guildbase.core.settings import Settings

log = structlog.get_logger(__name__)

DISCORD = "https://discord.com/api/v10"
CALL_WITHIN = 5.0  # seconds
MOST_BYTES = 2 * 1024 * 1024
BASE_SCOPES = ("identify", "guilds")


class DiscordUnavailable(GuildbaseError):
    """Discord did not answer, or not in the way it should."""

    code = "discord_unavailable"
    status = 502


class GrantRefused(GuildbaseError):
    """Discord does not take the code or the token: it was used before, ran out, or was taken back."""

    code = "grant_refused"
    status = 401


@dataclass(frozen=True, slots=True)
class Tokens:
    """What Discord gives for a code; neither token shows itself."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: float
    """Seconds."""
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class DiscordUser:
    """An account as Discord describes it to whoever may ask for it."""

    user_id: int
    username: str
    name: str
    avatar: str | None
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DiscordGuild:
    """A server that the account is in."""

    guild_id: int
    name: str
    icon: str | None
    is_owner: bool
    permissions: int
    member_count: int | None = None


class DiscordOAuth:
    """Speaks with Discord on behalf of people."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._api = (settings.discord_api_url or DISCORD).rstrip("/")

    @property
    def is_set_up(self) -> bool:
        """Whether people can sign in with Discord."""
        return self._settings.oauth_client_id is not None and bool(
            self._settings.oauth_client_secret.get_secret_value()
        )

    @property
    def scopes(self) -> tuple[str, ...]:
        """What people are asked for."""
        return (*BASE_SCOPES, "email") if self._settings.oauth_email else BASE_SCOPES

    def consent_url(self, *, state: str, challenge: str, redirect_uri: str) -> str:
        """Return where the person is asked; raise ConfigurationError if that is not set up."""
        return self._page(
            response_type="code",
            redirect_uri=redirect_uri,
            scope=" ".join(self.scopes),
            state=state,
            code_challenge=challenge,
            code_challenge_method="S256",
            prompt="consent",
        )

    def invite_url(self, permissions: int) -> str:
        """Return where the bot is brought to a server; raise ConfigurationError if the client id is not set."""
        return self._page(scope="bot applications.commands", permissions=str(permissions))

    async def exchange(self, code: str, *, verifier: str, redirect_uri: str) -> Tokens:
        """Return the tokens that the code is good for.

        Raises:
            GrantRefused: Discord does not take the code.
            DiscordUnavailable: it did not answer.
        """
        fields = {"code": code, "code_verifier": verifier, "redirect_uri": redirect_uri}
        return await self._tokens({"grant_type": "authorization_code", **fields})

    async def refresh(self, refresh_token: str) -> Tokens:
        """Return new tokens; the old ones are dead then.

        Raises:
            GrantRefused: Discord does not take the token.
            DiscordUnavailable: it did not answer.
        """
        return await self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def user(self, access_token: str) -> DiscordUser:
        """Return whose token it is; raise as `refresh` does."""
        told = await self._call("GET", "/users/@me", token=access_token)
        try:
            name = told.get("global_name") or told["username"]
            return DiscordUser(int(told["id"]), told["username"], name, told.get("avatar"), told.get("email"))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _unexpected() from None

    async def guilds(self, access_token: str) -> tuple[DiscordGuild, ...]:
        """Return the servers of the token's person; raise as `refresh` does."""
        told = await self._call("GET", "/users/@me/guilds?with_counts=true", token=access_token)
        try:
            return tuple(map(_guild, told))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _unexpected() from None

    def _page(self, **query: str) -> str:
        if self._settings.oauth_client_id is None:
            raise ConfigurationError(
                _("Signing in with Discord is not set up."),
                hint=_("Set GUILDBASE_OAUTH_CLIENT_ID and GUILDBASE_OAUTH_CLIENT_SECRET."),
            )
        base = self._api.partition("/api")[0]
        return f"{base}/oauth2/authorize?{urlencode({'client_id': str(self._settings.oauth_client_id), **query})}"

    async def _tokens(self, form: dict[str, str]) -> Tokens:
        client = {
            "client_id": str(self._settings.oauth_client_id),
            "client_secret": self._settings.oauth_client_secret.get_secret_value(),
        }
        told = await self._call("POST", "/oauth2/token", form={**form, **client})
        try:
            scopes = frozenset(told["scope"].split())
            return Tokens(told["access_token"], told["refresh_token"], float(told["expires_in"]), scopes)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _unexpected() from None

    async def _call(
        self, method: str, path: str, *, token: str | None = None, form: dict[str, str] | None = None
    ) -> Any:
        import aiohttp  # Few processes sign people in.
        import orjson

        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        timeout = aiohttp.ClientTimeout(total=CALL_WITHIN)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
                session.request(method, self._api + path, data=form, allow_redirects=False) as answer,
            ):
                body = await _body(answer.content.iter_any())
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("discord_unavailable", path=path, reason=type(error).__name__)
            raise DiscordUnavailable(_("Discord did not answer."), hint=_("Try again in a moment.")) from None
        if answer.status in (400, 401):
            raise GrantRefused(_("Discord does not accept this sign-in."), hint=_("Sign in again."))
        try:
            if answer.status != 200:
                raise ValueError(answer.status)
            return orjson.loads(body)
        except ValueError:
            log.warning("discord_unavailable", path=path, status=answer.status)
            raise _unexpected() from None


async def _body(pieces: AsyncIterator[bytes]) -> bytes:
    """Return the whole answer, or as much of it as may be; what is cut off can be read by nobody."""
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > MOST_BYTES:
            break
    return bytes(body[:MOST_BYTES])


def _guild(told: dict[str, Any]) -> DiscordGuild:
    return DiscordGuild(
        int(told["id"]),
        told["name"],
        told.get("icon"),
        bool(told["owner"]),
        int(told["permissions"]),
        told.get("approximate_member_count"),
    )


def _unexpected() -> DiscordUnavailable:
    return DiscordUnavailable(_("Discord answered in a way that I do not understand."), hint=_("Try again later."))
