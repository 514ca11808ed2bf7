"""One open page: its requests are answered, none holding up another, and it is told what its person sees."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import orjson
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from pydantic import ValidationError

from guildbase.simulator.chat.acts import ACTS
from guildbase.simulator.chat.news import News
from guildbase.simulator.chat.requests import REQUEST, AnyRequest
from guildbase.simulator.errors import DiscordError, Json
from guildbase.simulator.people.errors import NotAllowed, SimulatorError
from guildbase.simulator.people.form import Form
from guildbase.simulator.world.entities import User
from guildbase.simulator.world.state import Event, World

if TYPE_CHECKING:
    from guildbase.simulator.server import Simulator

_LARGEST_FRAME = 16 << 20
_AT_ONCE = 32
_A_LONG_TIME = 3600.0
_log = logging.getLogger(__name__)


class Window:
    """The server's side of one page."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.forms: dict[int, Form] = {}
        self.news = News(sim.world, sim.hub, sim.world.bot)
        self._person: User | None = None
        self._socket = web.WebSocketResponse(max_msg_size=_LARGEST_FRAME, heartbeat=30)
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_outdated = False

    @property
    def world(self) -> World:
        """The world that is looked at."""
        return self.sim.world

    @property
    def person(self) -> User:
        """Who sits at the window; raise NotAllowed before that is known."""
        if self._person is None:
            raise NotAllowed("choose who you are first")
        return self._person

    def enter(self, user: User) -> None:
        """Make it another person's window."""
        self._person = user
        self.forms.clear()
        self.news = News(self.world, self.sim.hub, user)

    def note(self, event: Event) -> None:
        """Take in an event of the world."""
        if self._person is not None:
            self.news.note(event)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve the page until it is gone."""
        await self._socket.prepare(request)
        telling = asyncio.create_task(self._tell(), name="chat-tell")
        try:
            async for frame in self._socket:
                if not await self._take(frame):
                    break
        finally:
            for task in (telling, *self._tasks):
                task.cancel()
            await asyncio.gather(telling, *self._tasks, return_exceptions=True)
        return self._socket

    def outdate(self) -> None:
        """Have the page come back, because its world has been replaced by another."""
        self._is_outdated = True
        self.world.watch.changed()

    async def close(self) -> None:
        """Close because the simulator stops; the page tries to come back."""
        await self._socket.close(code=WSCloseCode.GOING_AWAY, message=b"the simulator stops")

    async def _take(self, frame: WSMessage) -> bool:
        """Start to answer one frame; return False if it was none of ours and the socket is closed."""
        try:
            asked = orjson.loads(frame.data) if frame.type == WSMsgType.TEXT else None
        except orjson.JSONDecodeError:
            asked = None
        if not isinstance(asked, dict):
            await self._socket.close(code=WSCloseCode.INVALID_TEXT, message=b"send JSON objects")
            return False
        try:
            wish = REQUEST.validate_python(asked)
        except ValidationError as error:
            await self._refuse(asked.get("id"), "InvalidRequest", _first_problem(error))
            return True
        if len(self._tasks) >= _AT_ONCE:
            await self._refuse(wish.id, "Busy", "too many requests at once")
            return True
        task = asyncio.create_task(self._answer(wish), name=f"chat-{wish.do}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _answer(self, wish: AnyRequest) -> None:
        try:
            await self._send({"id": wish.id, "ok": await ACTS[wish.do](self, wish)})
        except (SimulatorError, DiscordError) as error:
            await self._refuse(wish.id, type(error).__name__, str(error))
        except ConnectionError:
            pass  # The page is gone.
        except Exception:
            # A mistake of ours must not leave the page waiting.
            self.sim.stats.crashes += 1
            _log.exception("the chat page's request %r failed", wish.do)
            await self._refuse(wish.id, "Crash", "the simulator made a mistake; its log tells more")

    async def _refuse(self, request_id: object, kind: str, text: str) -> None:
        await self._send({"id": request_id, "error": {"kind": kind, "text": text}})

    async def _tell(self) -> None:
        """Send the news whenever there is any; a slow page gets them rolled up."""
        while not self._socket.closed:
            await self.world.watch.until(lambda: self._is_outdated or self.news.waiting(), _A_LONG_TIME)
            if self._is_outdated:
                await self._socket.close(code=WSCloseCode.SERVICE_RESTART, message=b"another world was loaded")
            elif self._person is not None:
                for name, data in self.news.take():
                    await self._send({"event": name, "data": data})

    async def _send(self, frame: Json) -> None:
        if not self._socket.closed:
            await self._socket.send_str(orjson.dumps(frame).decode())


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'request'}: {first['msg']}"
