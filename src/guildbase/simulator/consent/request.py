"""What an application asks of a person, as the link to the consent page says it.

Source: https://discord.com/developers/docs/topics/oauth2
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from guildbase.simulator.permissions import ALL
from guildbase.simulator.world.oauth2 import SCOPES
from guildbase.simulator.world.state import World

_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_METHODS = ("S256", "plain")
# The application gets this one for itself only, by its secret.
_FOR_PEOPLE = SCOPES - {"applications.commands.update"}
_WITHOUT_CODE = frozenset(("bot", "applications.commands"))
_UNKNOWN_ADDRESS = """\
Invalid redirect_uri: it is not exactly one that the application has registered. Start the simulator with
--redirect-uri {} to have it."""


class Unusable(Exception):
    """The link itself is wrong, so that nobody may be sent anywhere by it; the text is shown to the person."""


class SentBack(Exception):
    """The person is sent back to the application with an error; the text is its name in OAuth2."""


@dataclass(slots=True, frozen=True)
class AuthorizationRequest:
    """A request that may be shown to a person. Without a redirect URI nothing but the bot is added."""

    scopes: tuple[str, ...]
    redirect_uri: str | None
    state: str | None
    challenge: str | None
    challenge_method: str
    prompt: str
    permissions: int
    guild_id: int | None
    guild_is_fixed: bool

    @property
    def adds_bot(self) -> bool:
        """Whether the bot is to be added to a server."""
        return "bot" in self.scopes

    def back(self, **answer: str) -> str:
        """Return where the person goes with the answer, the state with it."""
        parts = urlsplit(self.redirect_uri or "")
        query = parse_qsl(parts.query, keep_blank_values=True) + list(answer.items())
        if self.state is not None:
            query.append(("state", self.state))
        return urlunsplit(parts._replace(query=urlencode(query)))


def read(world: World, query: Mapping[str, str]) -> tuple[AuthorizationRequest, SentBack | None]:
    """Return the request, and with which error the person goes back if it must not be shown; raise Unusable."""
    if query.get("client_id") != str(world.application.id):
        raise Unusable("No application has this client_id.")
    scopes = tuple(dict.fromkeys(query.get("scope", "").split()))
    bare = bool(scopes) and _WITHOUT_CODE.issuperset(scopes)
    redirect_uri = query.get("redirect_uri")
    if redirect_uri is None and not bare and len(world.application.redirect_uris) == 1:
        redirect_uri = world.application.redirect_uris[0]
    if redirect_uri is None and not bare:
        raise Unusable("The link has no redirect_uri.")
    if redirect_uri is not None and redirect_uri not in world.application.redirect_uris:
        raise Unusable(_UNKNOWN_ADDRESS.format(redirect_uri))
    request = AuthorizationRequest(
        scopes,
        redirect_uri,
        query.get("state"),
        query.get("code_challenge"),
        query.get("code_challenge_method", "plain"),
        query.get("prompt", "consent"),
        _number(query.get("permissions")) & ALL,
        _number(query.get("guild_id")) or None,
        query.get("disable_guild_select") == "true",
    )
    error = _error(request, query)
    if error is not None and redirect_uri is None:
        raise Unusable(f"The link is wrong ({error}) and names no place to go back to.")
    return request, error


def _error(request: AuthorizationRequest, query: Mapping[str, str]) -> SentBack | None:
    if request.redirect_uri is not None and query.get("response_type", "code") != "code":
        return SentBack("unsupported_response_type")
    if not request.scopes or not _FOR_PEOPLE.issuperset(request.scopes):
        return SentBack("invalid_scope")
    well_made = request.challenge is None or _CHALLENGE.fullmatch(request.challenge)
    if not well_made or request.challenge_method not in _METHODS or request.prompt not in ("consent", "none"):
        return SentBack("invalid_request")
    return None


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= 20 else 0
