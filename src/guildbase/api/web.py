"""Serves the dashboard beside the API, from one folder of files that were built before."""

from __future__ import annotations

import asyncio
from importlib.resources import files
from pathlib import Path

import structlog
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from guildbase.api.web_bundle import ENTRY, Asset, Bundle, policy
from guildbase.core.settings import Settings
from guildbase.web.places import pages

log = structlog.get_logger(__name__)

_METHODS = ("GET", "HEAD")
Stamp = tuple[int, int]
"""What tells one build from the next, without reading it."""


def serve_dashboard(app: FastAPI, settings: Settings) -> None:
    """Answer with the dashboard whatever no route answers, outside `/api`."""
    app.router.default = Dashboard(places(settings), otherwise=app.router.not_found)


def places(settings: Settings) -> tuple[Path, ...]:
    """Return where a dashboard may lie: where the setting says, else in the installed package or in a checkout."""
    return pages() if settings.dashboard_dir is None else (settings.dashboard_dir,)


class Dashboard:
    """An ASGI application that answers from memory; a build that appears or changes later is taken up."""

    def __init__(self, places: tuple[Path, ...], otherwise: ASGIApp) -> None:
        self._places = places
        self._otherwise = otherwise
        self._bundle: Bundle | None = None
        self._stamp: Stamp | None = None
        self._loading = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or f"{scope['path']}/".startswith("/api/"):
            await self._otherwise(scope, receive, send)
            return
        if scope["method"] not in _METHODS:
            raise HTTPException(405, headers={"Allow": ", ".join(_METHODS)})
        bundle = await self._current()
        response = _answer(bundle, scope) if bundle is not None else _not_built()
        await response(scope, receive, send)

    async def _current(self) -> Bundle | None:
        async with self._loading:
            folder, stamp = self._newest()
            # While one build takes the place of another there may be none for a moment; the last one serves on.
            if stamp is not None and stamp != self._stamp:
                self._bundle = await asyncio.to_thread(Bundle, folder)
                self._stamp = stamp
                log.info("dashboard_loaded", folder=str(folder))
            return self._bundle

    def _newest(self) -> tuple[Path, Stamp | None]:
        for place in self._places:
            try:
                state = (place / ENTRY).stat()
            except OSError:
                continue
            return place, (state.st_mtime_ns, state.st_ino)
        return self._places[0], None


def _answer(bundle: Bundle, scope: Scope) -> Response:
    asset = bundle.find(scope["path"])
    if asset is None:
        missing = bundle.not_found
        return _whole(missing, scope, 404) if missing is not None else Response("Not found.\n", 404)
    if asset.tag in _tags(scope):
        return Response(status_code=304, headers=asset.headers)
    return _whole(asset, scope, 200)


def _whole(asset: Asset, scope: Scope, status: int) -> Response:
    takes_packed = "gzip" in Headers(scope=scope).get("accept-encoding", "")
    packed = asset.packed if takes_packed else None
    encoding = {} if packed is None else {"content-encoding": "gzip"}
    return Response(asset.body if packed is None else packed, status, headers={**asset.headers, **encoding})


def _tags(scope: Scope) -> list[str]:
    return [tag.strip() for tag in Headers(scope=scope).get("if-none-match", "").split(",")]


def _not_built() -> Response:
    """Return a page that says how to get the dashboard; the API works without it."""
    page = (files("guildbase.api") / "web_not_built.html").read_bytes()
    headers = {"content-security-policy": policy(), "cache-control": "no-store", "retry-after": "5"}
    return Response(page, 503, headers=headers, media_type="text/html")
