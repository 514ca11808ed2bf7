"""What the story does in the dashboard: as a browser would, it signs in and changes a setting."""

from __future__ import annotations

import re
from html import unescape

import aiohttp
from yarl import URL

from guildbase.cli.demo.servers import Servers
from guildbase.cli.demo.steps import MOMENT, eventually, expect
from guildbase.simulator import Person, ScriptedGuild

_FIELD = re.compile(r'<input type="hidden" name="(seal|person)" value="([^"]*)">')


class DashboardWork:
    """The steps of the server's owner in the dashboard."""

    def __init__(self, guild: ScriptedGuild, member: Person, api_url: str, servers: Servers) -> None:
        self._guild, self._member, self._url, self._servers = guild, member, api_url, servers
        # What a browser sends along by itself.
        self._signs = {"Origin": str(URL(api_url).origin()), "Sec-Fetch-Site": "same-origin"}
        # Cookies of an address without a name are kept only if one asks for it.
        self._browser = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def close(self) -> None:
        """Close the browser."""
        await self._browser.close()

    async def sign_in(self) -> str:
        """The owner agrees on Discord's page, comes back signed in, and finds the server."""
        owner = self._guild.owner
        asked = await self._redirected(f"{self._url}/auth/login?next=/servers")
        consent = asked.update_query({"as": owner.name})
        async with self._browser.get(consent) as page:
            fields = {name: unescape(value) for name, value in _FIELD.findall(await page.text())}
        async with self._browser.post(
            consent, data=fields | {"decision": "authorize"}, allow_redirects=False
        ) as decided:
            expect(decided.status in (302, 303), f"the consent page answered {decided.status}")
            back = URL(decided.headers["Location"])
        landed = await self._redirected(str(back))
        expect(landed.path == "/servers", f"sent to {landed}")
        async with self._browser.get(f"{self._url}/auth/me") as answer:
            me = await answer.json()
        self._signs["X-CSRF-Token"] = me["csrf_token"]
        async with self._browser.get(f"{self._url}/guilds") as answer:
            ids = [guild["id"] for guild in (await answer.json())["guilds"]]
        expect(str(self._guild.id) in ids, f"servers {ids}")
        return f"{owner.name} is signed in and sees {self._guild.name}"

    async def change_setting(self) -> str:
        """A prefix that is changed in the dashboard holds for the bot's next answer, and is taken back."""
        if not await self._servers.do_processes_meet():
            return await self._is_refused()
        await eventually(self._is_bot_asked, "the API does not reach the bot")
        await self._set_prefix("$")
        await self._member.says("$ping")
        await self._member.hears(matching="Pong", timeout=MOMENT)
        await self._set_prefix("!")
        await self._member.says("!ping")
        await self._member.hears(matching="Pong", timeout=MOMENT)
        return "a prefix set in the dashboard held for the next message"

    async def forged(self) -> str:
        """Another site that makes the browser send the same request is refused."""
        url = f"{self._url}/guilds/{self._guild.id}/config/guilds"
        elsewhere = self._signs | {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
        async with self._browser.patch(url, json={"changes": {"prefix": "#"}}, headers=elsewhere) as answer:
            expect(answer.status == 403, f"answered {answer.status}")
        return "refused with 403"

    async def _is_refused(self) -> str:
        """Without Redis the API cannot ask the bot what somebody may do, so it lets nobody do anything."""
        status, text = await self._ask_for_prefix("$")
        expect(status == 503 and '"no_reply"' in text, f"answered {status}: {text}")
        await self._member.says("!ping")
        await self._member.hears(matching="Pong", timeout=MOMENT)
        return "Redis is away, so rights cannot be judged: refused with 503, and the prefix is the old one"

    async def _is_bot_asked(self) -> bool:
        """Tell whether the API can ask the bot, which takes a moment when Redis is back."""
        async with self._browser.get(f"{self._url}/guilds/{self._guild.id}/config/guilds") as answer:
            return answer.status == 200

    async def _set_prefix(self, prefix: str) -> None:
        status, text = await self._ask_for_prefix(prefix)
        expect(status == 200, f"answered {status}: {text}")

    async def _ask_for_prefix(self, prefix: str) -> tuple[int, str]:
        url = f"{self._url}/guilds/{self._guild.id}/config/guilds"
        async with self._browser.patch(url, json={"changes": {"prefix": prefix}}, headers=self._signs) as answer:
            return answer.status, await answer.text()

    async def _redirected(self, url: str) -> URL:
        async with self._browser.get(URL(url, encoded=True), allow_redirects=False) as answer:
            expect(answer.status in (302, 303, 307), f"{URL(url).path} answered {answer.status}")
            return URL(answer.headers["Location"], encoded=True)
