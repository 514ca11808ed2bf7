"""What may be trusted of a sign-in, and what rights are worth. Pure decisions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from functools import cache

from guildbase.core.ports import ADMINISTRATOR
from guildbase.core.rights import Right, closure
from guildbase.platform.access.rules import MODERATE_MEMBERS, VIEW_AUDIT_LOG
from guildbase.platform.accounts.models import MAX_BROWSER, MAX_PATH
from guildbase.platform.guilds.rules import MANAGE_GUILD

HOME = "/"
KICK_MEMBERS = 1 << 1
BAN_MEMBERS = 1 << 2
MANAGE_MESSAGES = 1 << 13
BITS = {
    Right.EDIT_SETTINGS: MANAGE_GUILD,
    Right.MODERATE: MODERATE_MEMBERS | KICK_MEMBERS | BAN_MEMBERS | MANAGE_MESSAGES,
    Right.VIEW_AUDIT: VIEW_AUDIT_LOG,
    Right.OWNER: ADMINISTRATOR,
}
"""The permissions on Discord that a right in the dashboard stands for, within Guildbase alone."""
VERIFIER = b"guildbase pkce "
KEY_PREFIX = re.compile(r"gb_[A-Za-z0-9_-]{8}")
_KEY = re.compile(r"gb_[A-Za-z0-9_-]{43}")
_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""A path of this site in printable ASCII. Browsers drop tabs and line ends, and take a backslash for a slash."""


def safe_path(wanted: str) -> str:
    """Return the path to go to after signing in, or the first page if it might lead to another site."""
    return wanted if len(wanted) <= MAX_PATH and _PATH.fullmatch(wanted) else HOME


def digest(secret: str) -> str:
    """Return what is stored in the place of a random secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def same(one: str, other: str) -> bool:
    """Tell whether the texts are equal, in a time that tells nothing."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def verifier(browser: str, state: str) -> str:
    """Return the PKCE verifier of a sign-in: it follows from the browser's cookie, so that it is stored nowhere."""
    return _base64(hmac.digest(browser.encode(), VERIFIER + state.encode(), "sha256"))


def challenge(verifier: str) -> str:
    """Return the S256 challenge of the PKCE verifier."""
    return _base64(hashlib.sha256(verifier.encode()).digest())


def key_prefix(key: str) -> str | None:
    """Return how the key begins, by which it is found; None if it cannot be one of ours."""
    return key[:11] if _KEY.fullmatch(key) else None


@cache
def bits_of(rights: Right) -> int:
    """Return the permissions that these rights stand for."""
    bits = 0
    for right, permissions in BITS.items():
        if right in closure(rights):
            bits |= permissions
    return bits


def browser_name(user_agent: str) -> str:
    """Return what the browser says of itself, in few words."""
    name = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    known = " · ".join(filter(None, (name, system)))
    return known or "".join(it for it in user_agent if it.isprintable())[:MAX_BROWSER]


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


# The first that fits counts: most say that they are several.
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip
