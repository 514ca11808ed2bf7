"""A process that is killed before or after any of the transactions of a sign-in leaves nothing half done."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import func, select
from sqlmodel import col

from guildbase.api.app import create_app
from guildbase.database.manager import DatabaseManager
from guildbase.platform.accounts.controller import TokenController, WebUserController
from guildbase.platform.accounts.models import DiscordToken
from guildbase.services.container import BotServices
from guildbase.services.sessions import SessionStore
from guildbase.simulator import Simulator
from tests.api.signing_in import CALLBACK, agree, oauth_settings, sign_in, visitor

log = logging.getLogger(__name__)
STEPS = 11
"""Beginnings and ends of the five transactions of a sign-in, and one that nobody disturbs."""
# One process loads the program and forks another for each sign-in, which kills itself at its step.
NURSERY = """
import asyncio, json, os, signal, sys
from sqlalchemy.orm import configure_mappers
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import load_settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.accounts.controller.login import LoginController, Visit
from guildbase.services.assembly import assemble

own, callback, answers = json.load(sys.stdin)
settings, registry = load_settings(**own), FeatureRegistry.discover()
configure_mappers()

async def finish(answer, last):
    steps, run = iter(range(1000)), DatabaseManager.run
    def step():
        if next(steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)
    async def counted(self, *given, **named):
        step()
        result = await run(self, *given, **named)
        step()
        return result
    DatabaseManager.run = counted
    services = assemble(settings, registry)
    visit = Visit(address="127.0.0.1", browser="Firefox")
    await services.get(LoginController).finish(error="", redirect_uri=callback, visit=visit, **answer)
    await services.close()

for number, answer in enumerate(answers):
    child = os.fork()
    if not child:
        asyncio.run(finish(answer, number))
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""


async def test_a_kill_at_any_step_of_a_sign_in_leaves_nothing_half_done(
    lone: BotServices, discord: Simulator, sqlite_url: str
) -> None:
    guild, app = discord.guild("Home"), create_app(lone)
    people = [guild.member(f"ada{number}") for number in range(STEPS)]
    answers, urls = [], []
    for person in people:
        async with visitor(lone, app) as browser:
            begun = await browser.get("/auth/login")
            url = await agree(begun.headers["location"], person.name)
            [cookie] = browser.cookies.values()
        query = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
        answers.append({"state": query["state"], "code": query["code"], "browser": cookie})
        urls.append((url, dict(browser.cookies)))
    own = oauth_settings(discord, database_url=sqlite_url, discord_api_url=discord.base_url)
    nursery = await asyncio.create_subprocess_exec(sys.executable, "-c", NURSERY, stdin=-1, stdout=-1)
    told, _ = await nursery.communicate(json.dumps([own, CALLBACK, answers]).encode())
    ends = [int(line) for line in told.split()]
    log.info("ended by the signals %s", ends)
    assert ends == [9] * (STEPS - 1) + [0]

    tokens, store = lone.get(TokenController), lone.get(SessionStore)
    seen = []
    for person, (url, cookies) in zip(people, urls, strict=True):
        is_known = await lone.get(WebUserController).get(person.id, fresh=True) is not None
        has_token, sessions = await tokens.access_token(person.id) is not None, await store.of_user(person.id)
        seen.append((is_known, has_token, len(sessions)))
        async with visitor(lone, app) as browser:
            browser.cookies.update(cookies)
            again = (await browser.get(url)).headers["location"]
            # Discord's answer works once, and not a second time because the first was cut off.
            assert again == ("/" if person is people[0] else "/login?problem=expired")
            await sign_in(browser, discord, person.name)
            mine = (await browser.get("/auth/sessions")).json()["sessions"]
            assert len(mine) == 1 + len(sessions)
    # In this order, and each as a whole: the person with what Discord gave, then the login.
    assert seen == sorted(seen)
    assert set(seen) == {(False, False, 0), (True, True, 0), (True, True, 1)}
    async with lone.get(DatabaseManager).read_session(fresh=True) as session:
        count = select(func.count(col(DiscordToken.user_id)))
        assert (await session.execute(count)).scalar_one() == len(people)
