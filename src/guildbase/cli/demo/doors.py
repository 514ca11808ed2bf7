"""The first page of the demo: one door leads into the chat, the other into the dashboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from html import escape
from importlib.resources import files
from string import Template

from aiohttp import web

from guildbase.cli.demo.pages import Pages, PagesState

PORT = 3411
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the doors lead."""

    chat: str
    dashboard: str
    person: str
    """Who one is at first in the chat."""
    owner: str
    """Who may do everything in the dashboard."""


@asynccontextmanager
async def open_doors(doors: Doors, pages: Pages) -> AsyncIterator[str]:
    """Serve the page within the block, and give its address: always the same one, if nobody else has it."""
    page = _FirstPage(doors, pages)
    app = web.Application()
    app.add_routes([web.get("/", page.show), web.get("/doors.js", page.script), web.get("/state", page.state)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        yield f"http://127.0.0.1:{await _listen(runner)}/"
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner) -> int:
    for port in (PORT, 0):
        site = web.TCPSite(runner, "127.0.0.1", port)
        try:
            await site.start()
        except OSError:
            continue
        return int(runner.addresses[-1][1])
    raise OSError("There is no free port for the first page.")


class _FirstPage:
    def __init__(self, doors: Doors, pages: Pages) -> None:
        self._doors = {name: escape(value) for name, value in asdict(doors).items()}
        self._pages = pages

    async def show(self, _: web.Request) -> web.Response:
        text = Template(_read("doors.html")).substitute(self._doors)
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)

    async def script(self, _: web.Request) -> web.Response:
        return web.Response(text=_read("doors.js"), content_type="text/javascript", headers=_HEADERS)

    async def state(self, _: web.Request) -> web.Response:
        pages = self._pages
        state = {
            "state": pages.state.value,
            "is_open": pages.is_open,
            "told": pages.told,
            "seconds": pages.seconds if pages.state is PagesState.BUILDING else 0,
        }
        return web.json_response(state, headers=_HEADERS)


def _read(name: str) -> str:
    return (files("guildbase.cli.demo") / name).read_text(encoding="utf-8")
