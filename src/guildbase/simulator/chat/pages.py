"""The page's own files, served with headers that let the browser load nothing else."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from aiohttp import web

from guildbase.simulator.errors import Json

_FOLDER = Path(__file__).parent / "page"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Bots name pictures of any server in their embeds, so pictures are all that may come from elsewhere.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: https: http:; "
    "media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def serve(request: web.Request, name: str) -> web.Response:
    """Answer with one of the page's files; 404 for any other name."""
    found = _files().get(name or "index.html")
    if found is None or request.method not in ("GET", "HEAD"):
        return web.Response(status=404)
    tag = f'"{sha256(found["body"]).hexdigest()[:16]}"'
    headers = {**_HEADERS, "ETag": tag}
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=found["body"], headers=headers | {"Content-Type": found["type"]})


@cache
def _files() -> dict[str, Json]:
    """Return all files by name. They are read once, so that no name in a request ever reaches the disk."""
    known = (it for it in sorted(_FOLDER.iterdir()) if it.suffix in _TYPES)
    return {it.name: {"body": it.read_bytes(), "type": _TYPES[it.suffix]} for it in known}
