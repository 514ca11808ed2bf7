"""The HTTP side of the control API."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import orjson
from aiohttp import web
from pydantic import ValidationError

from guildbase.simulator.control.models import Model, Refusal
from guildbase.simulator.control.openapi import document
from guildbase.simulator.control.operations import OPERATIONS, Operation
from guildbase.simulator.errors import DiscordError
from guildbase.simulator.people.errors import SimulatorError
from guildbase.simulator.world.snapshot import WorldFileError

if TYPE_CHECKING:
    from guildbase.simulator.server import Simulator


class ControlServer:
    """Answers requests under /_sim."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._operations = {(it.method, it.path): it for it in OPERATIONS}

    async def handle(self, request: web.Request, path: str) -> web.Response:
        """Answer one request, whose path is given without the `/_sim` in front."""
        if path == "/openapi.json":
            return web.Response(
                body=orjson.dumps(document(self._simulator.control_url)), content_type="application/json"
            )
        operation = self._operations.get((request.method, path))
        if operation is None:
            return _answer(404, Refusal(error="NoSuchOperation", message="see /_sim/openapi.json"))
        try:
            wish = await _wish(operation, request)
            return _answer(200, await operation.run(self._simulator, wish))
        except (ValidationError, SimulatorError, DiscordError, WorldFileError) as error:
            return _answer(400, Refusal(error=type(error).__name__, message=_told(error)))


async def _wish(operation: Operation, request: web.Request) -> Model:
    if operation.method == "GET":
        return operation.request.model_validate(dict(request.query))
    return operation.request.model_validate_json(await request.read() or b"{}")


def _told(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, it['loc'])) or 'request'}: {it['msg']}" for it in found)


def _answer(status: int, model: Model) -> web.Response:
    # A file object is sent piece by piece; a world of thousands as one text would hold everybody else up.
    body = io.BytesIO(model.model_dump_json().encode())
    return web.Response(status=status, body=body, content_type="application/json")
