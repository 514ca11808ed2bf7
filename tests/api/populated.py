"""A server with one object of each kind that a route can be about."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from guildbase.core.clock import utcnow
from guildbase.core.ports import SYSTEM
from guildbase.features.antiraid.controller import NewRaider, RaidController
from guildbase.features.antiraid.kinds import Cause
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.reports.controller import FilingController
from guildbase.features.reports.controller.filing import NewReport
from guildbase.features.tickets.controller import TicketController
from guildbase.features.tickets.controller.transcripts import Copy, TranscriptController
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from tests.factories import member, moderator, new_id, target
from tests.features.tickets.desk import Desk

SECRET = "the-secret-of-server"
"""Stands in every text; whoever has no business in the server must never see it."""


@dataclass(frozen=True, slots=True)
class Populated:
    """The server, and what its objects are called in an address."""

    guild_id: int
    names: dict[str, str]

    def fill(self, path: str) -> str:
        """Return the path with this server's objects."""
        kind = path.split("{guild_id}/", 1)[-1].partition("/")[0]
        places = self.names | {"guild_id": str(self.guild_id), "name": self.names.get(f"{kind}.name", "words")}
        for place, value in places.items():
            path = path.replace(f"{{{place}}}", value)
        return path


async def populate(
    services: BotServices, client: httpx.AsyncClient, guild_id: int | None = None, text: str = ""
) -> Populated:
    """Fill a server, with the text instead of the secret if one is given; the client has the operator's key."""
    guild_id = guild_id or new_id()
    secret, whom = text or f"{SECRET} {guild_id}", target()
    await services.get(GuildController).join(guild_id)
    configuration = services.get(ConfigurationController)
    await configuration.change(SYSTEM, guild_id, "reports", {"report_channel": str(new_id())}, reason=secret)
    await configuration.change(SYSTEM, guild_id, "antiraid", {"level": "on"})
    await services.get(ModerationController).open_case(moderator(guild_id), guild_id, whom, secret)
    report = NewReport(new_id(), "Offender", secret)
    await services.get(FilingController).report(member(guild_id), guild_id, report)
    await services.get(RaidController).begin(guild_id, (Cause.JOINS,), [NewRaider(new_id(), secret, utcnow())])
    desk = await Desk(services, guild_id).begin(questions=[])
    ticket = await desk.ticket()
    message_id = new_id()
    copy = Copy(message_id, desk.opener.user_id or 0, "olga", secret)
    await services.get(TranscriptController).keep(desk.opener, guild_id, ticket.number, copy)
    await services.get(TicketController).tag(desk.admin, guild_id, ticket.number, "vip")
    for method, path, body in _written(str(whom.user_id), secret):
        answer = await client.request(method, f"/guilds/{guild_id}/{path}", json=body)
        assert answer.is_success, (path, answer.text)
    names = {
        "user_id": str(whom.user_id), "number": "1", "feature": "reports", "page": "overview", "block": "stats",
        "tag": "vip", "message_id": str(message_id), "file_id": str(message_id), "custom-settings.name": "theme",
        "case-types.name": "fraud", "ticket-replies.name": "hello",
        "violation_id": "0197c8a2-5b1e-7cc3-9d55-0c8b4b5f2a11",
    }  # fmt: skip
    return Populated(guild_id, names)


def _written(user_id: str, secret: str) -> list[tuple[str, str, object]]:
    rule = {
        "name": "words",
        "document": {"trigger": {"type": "words", "words": ["spam"]}, "effects": [{"type": "delete"}]},
    }
    return [
        ("POST", "notes", {"target_id": user_id, "content": secret}),
        ("POST", "case-types", {"name": "fraud", "display_name": secret}),
        ("PUT", "custom-settings/theme", {"value_schema": {"type": "string", "description": secret}}),
        ("POST", "standings", {"subject_id": user_id, "status": "blocked", "reason": secret}),
        (
            "POST",
            "permissions",
            {"subject": "member", "subject_id": user_id, "scope": "everything", "access": "deny", "reason": secret},
        ),
        ("POST", "ticket-replies", {"name": "hello", "content": secret}),
        ("PUT", f"ticket-blocks/{user_id}", {"reason": secret}),
        ("PUT", "automod/lists/words", {"kind": "words", "entries": [secret]}),
        ("POST", "automod/rules", rule),
    ]
