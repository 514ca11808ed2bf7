"""What has happened in the server that the pictures of the dashboard show."""

from __future__ import annotations

import httpx

from guildbase.core.ports import Caller
from guildbase.features.reports.controller import FilingController
from guildbase.features.reports.controller.filing import NewReport
from guildbase.features.tickets.controller import NewTicket, OpeningController, TicketController
from guildbase.features.tickets.controller.transcripts import Copy, TranscriptController
from guildbase.services.container import BotServices
from guildbase.simulator import Person, ScriptedGuild
from guildbase.testing.running import api_client
from tests.factories import new_id

WARNINGS = (
    ("priya", "Spam in #general"),
    ("tomas", "Shouting in capitals"),
    ("femi", "Advertising another server"),
    ("priya", "Spam again, after a warning"),
)
TICKETS = (
    ("priya", "Where is my order?", ("Hello, I ordered **two mugs** last week.", "The number is `HC-2041`.")),
    ("femi", "I cannot see the quiz channel", ("Since this morning it is gone from my list.",)),
    ("greta", "May I bring my own tea?", ("The menu does not say.",)),
)


async def play(services: BotServices, server: ScriptedGuild) -> None:
    """Let the people of the demo do what a server's people do in a week."""
    mara, jonas = server.member("mara"), server.member("jonas")
    await mara.slash("config set", feature="guilds", setting="prefix", value="?", reason="As on our old server")
    await mara.slash("antiraid set", level="on", action="timeout")
    log = str(server.channel("mod-log").id)
    await mara.slash(
        "config set", feature="reports", setting="report_channel", value=log, reason="The team reads there"
    )
    for preset in ("phishing", "spam", "invites"):
        await mara.slash("automod rule preset", preset=preset)
    for name, reason in WARNINGS:
        await jonas.slash("warn", user=server.member(name), reason=reason)
    await jonas.slash("timeout", user=server.member("priya"), duration="1h", reason="Third warning today")
    async with api_client(services) as api:
        await _set_up(api, server)
    for name, subject, texts in TICKETS:
        await _ticket(services, server, server.member(name), subject, texts)
    await _answer(services, server)
    filing = services.get(FilingController)
    await filing.report(_as(server, "greta"), server.id, NewReport(server.member("femi").id, "Femi", "Rude in #random"))


async def _set_up(api: httpx.AsyncClient, server: ScriptedGuild) -> None:
    async def post(path: str, **body: object) -> None:
        (await api.post(f"/guilds/{server.id}/{path}", json=body)).raise_for_status()

    jonas, tomas = server.member("jonas"), server.member("tomas")
    roles = {role["name"]: role["id"] for role in (await api.get(f"/guilds/{server.id}/live")).json()["roles"]}
    await post(
        "ticket-categories", name="Orders", description="Parcels, bills, refunds", staff_roles=[roles["Moderator"]]
    )
    await post("authorized-users", user_id=str(jonas.id), rights=["moderate", "view_audit"], reason="Keeps the peace")
    await post("authorized-users", role_id=roles["Moderator"], rights=["view_cases"])
    ban = {"subject": "role", "subject_id": roles["Member"], "scope": "command", "target": "ban", "access": "deny"}
    await post("permissions", **ban, reason="Only the team bans")
    await post("standings", subject_id=str(tomas.id), status="blocked", reason="Floods the commands")
    await post("keys", name="Statistics of the website", scopes=["view_cases", "view_audit"])
    await post("lockdown", channels=[str(server.channel("general").id)], reason="Calm down", duration="2h")


def _as(server: ScriptedGuild, name: str) -> Caller:
    person = server.member(name)
    return Caller(user_id=person.id, guild_id=server.id, name=name.title())


async def _ticket(
    services: BotServices, server: ScriptedGuild, person: Person, subject: str, texts: tuple[str, ...]
) -> None:
    caller = _as(server, person.name)
    opened = await services.get(OpeningController).open(caller, server.id, NewTicket(1, subject=subject))
    for text in texts:
        copy = Copy(new_id(), person.id, caller.name, text)
        await services.get(TranscriptController).keep(caller, server.id, opened.ticket.number, copy)


async def _answer(services: BotServices, server: ScriptedGuild) -> None:
    """Let Jonas answer the first ticket and close the last."""
    jonas, caller = server.member("jonas"), _as(server, "jonas")
    async with api_client(services) as api:
        for number, move, body in (
            (1, "assign", {"user_id": str(jonas.id)}),
            (1, "priority", {"priority": "high"}),
            (3, "close", {"reason": "Yes, of course."}),
        ):
            (await api.post(f"/guilds/{server.id}/tickets/{number}/{move}", json=body)).raise_for_status()
    text = "They left the harbour *this morning*. I send you the parcel's number as soon as I have it."
    copy = Copy(new_id(), jonas.id, caller.name, text, is_staff=True)
    await services.get(TranscriptController).keep(caller, server.id, 1, copy)
    await services.get(TicketController).wrote(server.id, 1, caller)
