"""What protects people who use the API with a browser: their cookies, and the signs that a page of ours asks."""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import urlsplit

from fastapi import Request, Response

from guildbase.core.addresses import is_loopback
from guildbase.core.errors import ConfigurationError, NotAuthenticated, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.settings import Environment, Settings

SESSION_COOKIE = "guildbase_session"
LOGIN_COOKIE = "guildbase_login"
CSRF_HEADER = "X-CSRF-Token"
_CSRF = b"guildbase csrf"


class ForeignRequest(PermissionDenied):
    """The request may come from a page of somebody else."""

    code = "foreign_request"

    def __init__(self) -> None:
        super().__init__(
            _("This request does not come from the dashboard."),
            hint=_("Reload the page. Programs send an API key instead of a cookie."),
        )


def public_origin(request: Request, settings: Settings) -> str:
    """Return where browsers reach us, such as `https://bot.example.com`.

    Raises:
        ConfigurationError: production does not say; what a request claims is not to be trusted there.
    """
    if settings.public_url:
        return settings.public_url
    if settings.environment is Environment.PRODUCTION:
        raise ConfigurationError(
            _("Signing in is not set up."), hint=_("Set GUILDBASE_PUBLIC_URL to the dashboard's address.")
        )
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


def require_this_machine(request: Request, settings: Settings) -> None:
    """Return if the request comes from this machine and means it; raise NotAuthenticated if not.

    The default key is known to everybody, so also to the page of a stranger whose name leads to this machine all at
    once. Such a name has a dot, and is neither an address nor the one that the operator gave.
    """
    name = (request.url.hostname or "").rstrip(".")
    is_ours = "." not in name or name.endswith(".localhost") or name == urlsplit(settings.public_url).hostname
    is_near = request.client is not None and is_loopback(request.client.host)
    if not is_near or not (is_ours or _is_address(name)):
        raise NotAuthenticated(
            _("The default key is for this machine alone."), hint=_("Set GUILDBASE_API_KEY to a secret of your own.")
        )


def csrf_token(session_token: str) -> str:
    """Return what a page sends along to show that it belongs to this login; nobody learns the login from it."""
    return hmac.digest(session_token.encode(), _CSRF, "sha256").hex()


def require_own_page(request: Request, settings: Settings) -> None:
    """Return if a page of ours sent the request; raise ForeignRequest if not, or if the browser does not tell."""
    fetch_site = request.headers.get("sec-fetch-site", "same-origin")
    if fetch_site != "same-origin" or request.headers.get("origin") != public_origin(request, settings):
        raise ForeignRequest


def require_csrf_token(request: Request, session_token: str) -> None:
    """Return if the page that sent the request knows the token of this login; raise ForeignRequest if not."""
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), csrf_token(session_token).encode()):
        raise ForeignRequest


def read_cookie(request: Request, settings: Settings, name: str) -> str:
    """Return the cookie, or an empty text; over https only one that no neighbouring host can have set."""
    return request.cookies.get(_named(name, is_secure=_is_secure(request, settings)), "")


def set_cookie(response: Response, request: Request, settings: Settings, name: str, value: str, lasts: float) -> None:
    """Give the browser a cookie for so many seconds, which no script reads and no other site sends with a form."""
    is_secure = _is_secure(request, settings)
    response.set_cookie(
        _named(name, is_secure=is_secure),
        value,
        max_age=int(lasts),
        path="/",
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )


def delete_cookie(response: Response, request: Request, settings: Settings, name: str) -> None:
    """Take the cookie back."""
    set_cookie(response, request, settings, name, "", 0)


def _is_secure(request: Request, settings: Settings) -> bool:
    return (settings.public_url or str(request.url)).startswith("https:")


def _named(name: str, *, is_secure: bool) -> str:
    return f"__Host-{name}" if is_secure else name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
