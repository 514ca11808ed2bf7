"""A walk through operations of the API in a guild of its own; every answer is held against the document."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.simulator.people.person import Person
from tests.simulator.oracle import Oracle, oracle

Scenario = Callable[["Walk"], Awaitable[None]]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Entry:
    """A scenario and the operations it proves to be answered and to conform."""

    operations: tuple[str, ...]
    scenario: Scenario

    @property
    def name(self) -> str:
        """The scenario's name, for the test."""
        return f"{self.scenario.__module__.rpartition('.')[2]}-{self.scenario.__name__}"


ENTRIES: list[Entry] = []


def answers(*operations: str) -> Callable[[Scenario], Scenario]:
    """Register a scenario that calls each of these operations (by their operationId) with success."""
    unknown = [it for it in operations if it not in oracle().operations]
    if unknown:
        raise LookupError(f"the document has no operation {unknown}")

    def register(scenario: Scenario) -> Scenario:
        ENTRIES.append(Entry(operations, scenario))
        return scenario

    return register


@dataclass
class Walk:
    """A prepared guild, and calls whose answers are checked."""

    sim: Simulator
    session: aiohttp.ClientSession
    oracle: Oracle = field(default_factory=oracle)
    proven: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.guild: ScriptedGuild = self.sim.guild(f"Walk {next(_numbers)}")
        self.channel_id = self.guild.channel("general").id
        self.member: Person = self.guild.member("walker")

    async def call(
        self,
        method: str,
        template: str,
        body: object = None,
        *,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        fields: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        expect: int | None = None,
        **path: object,
    ) -> Any:
        """Call an operation and return its body, which must conform.

        The template is written as in the document; `guild_id`, `channel_id`, `user_id` and `application_id` are
        those of the walk unless given. `files` maps form fields to (file name, data, content type), with them the body
        becomes `payload_json`; `fields` are plain form fields beside them. The answer must be a success, or have
        the status `expect`.
        """
        operation = self.oracle.operation(method, template)
        url = self.sim.base_url + template.format_map(self._ids | {name: str(it) for name, it in path.items()})
        sent: dict[str, Any] = {}
        if files is not None or fields is not None:
            sent["data"] = _form(body, files or {}, fields or {})
        elif body is not None:
            sent["json"] = body
        allowed = {"Authorization": f"Bot {self.sim.token}"} | dict(headers or {})
        async with self.session.request(method, url, params=query, headers=allowed, **sent) as answer:
            raw = await answer.read()
            json = answer.headers.get("Content-Type") == "application/json"
        content: Any = orjson.loads(raw) if json else raw or None
        if (expect is None and answer.status >= 300) or (expect or answer.status) != answer.status:
            raise AssertionError(f"{method} {url} answered {answer.status}: {content}")
        if problems := self.oracle.problems(method, template, answer.status, content):
            raise AssertionError(f"{method} {template} does not conform:\n  " + "\n  ".join(problems) + f"\n{content}")
        if answer.status < 300:
            self.proven.add(operation.id)
        return content

    async def message(self, content: str = "hello", **body: object) -> str:
        """Send a message as the bot and return its id."""
        sent = await self.call("POST", "/channels/{channel_id}/messages", {"content": content, **body})
        return str(sent["id"])

    @property
    def _ids(self) -> dict[str, str]:
        return {
            "guild_id": str(self.guild.id),
            "channel_id": str(self.channel_id),
            "user_id": str(self.member.id),
            "application_id": str(self.sim.application_id),
        }


def _form(body: object, files: Mapping[str, tuple[str, bytes, str]], fields: Mapping[str, str]) -> aiohttp.FormData:
    form = aiohttp.FormData(default_to_multipart=True)
    if body is not None:
        form.add_field("payload_json", orjson.dumps(body).decode(), content_type="application/json")
    for name, text in fields.items():
        form.add_field(name, text)
    for name, (filename, data, kind) in files.items():
        form.add_field(name, data, filename=filename, content_type=kind)
    return form
