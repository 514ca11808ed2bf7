"""What the staff of a server does in the story: a ban that runs out, a scam that is stopped, a ticket."""

from __future__ import annotations

from typing import Any

import aiohttp

from guildbase.cli.demo.steps import MOMENT, eventually, expect
from guildbase.simulator import Person, ScriptedGuild

SCAM = "free nitro for all: https://dlscord-gift.com/claim"


class StaffWork:
    """The steps of the staff; they open the cases from the third on."""

    def __init__(self, guild: ScriptedGuild, moderator: Person, api_url: str, http: aiohttp.ClientSession) -> None:
        self._guild, self._moderator, self._url, self._http = guild, moderator, api_url, http

    async def temporary_ban(self) -> str:
        """A ban for a second ends by itself, and its case says so."""
        noisy = self._guild.member("noisy")
        reply = await self._moderator.slash("tempban", user=noisy, duration="1s", reason="asked to calm down")
        expect("Case #3" in reply.text, reply.text)

        async def is_over() -> bool:
            return (await self._json("cases/3"))["state"] == "expired" and not noisy.is_banned

        await eventually(is_over, "the ban did not end")
        return "banned for a second, and not banned any more"

    async def automod(self) -> str:
        """A link that steals is gone, and so is who sent it."""
        made = await self._guild.owner.slash("automod rule preset", preset="phishing")
        expect("Rule #1" in made.text, made.text)
        scammer = self._guild.member("scammer")
        said = await scammer.says(SCAM)
        await said.vanishes()

        async def is_banned() -> bool:
            return scammer.is_banned

        await eventually(is_banned, "the scammer is still there")
        case = await self._json("cases/4")
        expect(case["source"] == "automod", f"case {case}")
        return "the message is gone, and who sent it banned as case #4"

    async def ticket(self) -> str:
        """A ticket is opened by a panel, answered and closed, and can be read afterwards."""
        owner, asker = self._guild.owner, self._guild.member("asker")
        staff = self._guild.role("Moderator")
        await owner.slash("ticket category create", name="Help", staff=staff)
        await (await owner.slash("ticket panel create", title="Need help?")).click("Post")
        panel = await asker.hears(matching="Need help?", timeout=MOMENT)
        told = await panel.click("Help", by=asker)
        expect("Your ticket #1" in told.text, told.text)
        await asker.hears(in_channel="help-0001", matching="Thank you", timeout=MOMENT)
        await asker.says("The door code does not work.", channel="help-0001")
        await self._moderator.says("It is 4711 now.", channel="help-0001")
        question = await self._moderator.slash("ticket close", number=1, reason="answered")
        closed = await question.click("Close")
        expect("is closed" in closed.text, closed.text)
        words = [it["content"] for it in (await self._json("tickets/1/transcript?form=json"))["messages"]]
        expect({"The door code does not work.", "It is 4711 now."} <= set(words), f"transcript {words}")
        return "opened by a button, answered, closed, and kept word for word"

    async def _json(self, path: str) -> dict[str, Any]:
        async with self._http.get(f"{self._url}/{path}") as response:
            response.raise_for_status()
            found: dict[str, Any] = await response.json()
            return found
