"""Whether a request is the doing of someone who sits here, or of a stranger's page that is open in a browser here."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from guildbase.simulator.tls import is_discords

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_from_a_strangers_page(request: web.Request, listens_on: str) -> bool:
    """Tell whether a page from elsewhere sends this: across from its own address, or by a name that it points here.

    A simulator that listens to other machines may be called by any name. Programs send no Origin.
    """
    host = _name(request.host)
    well_named = listens_on not in _LOOPBACK or host in _LOOPBACK or is_discords(host)
    return not well_named or ("Origin" in request.headers and not is_from_our_page(request))


def is_from_our_page(request: web.Request) -> bool:
    """Tell whether one of the simulator's own pages sends this."""
    return request.headers.get("Origin", "").partition("://")[2] == request.host


def _name(authority: str) -> str:
    """Return the name in a Host header, without the port; empty if it makes no sense."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""
