"""Before it builds a client the bot asks Discord once, so that wrong settings are told at once and cost no start."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web

from guildbase.bot import preflight as preflight_module
from guildbase.bot.preflight import DiscordUnreachable, preflight
from guildbase.bot.target import point_at
from guildbase.core.errors import ConfigurationError
from guildbase.core.settings import Settings, load_settings
from guildbase.simulator import Simulator
from guildbase.simulator.world.entities import ApplicationFlag
from guildbase.testing.target import restored_target

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def settings_for(url: str, token: str) -> Settings:
    return load_settings(discord_api_url=url, discord_token=token)


async def test_it_learns_name_grants_and_the_starts_that_are_left(discord: Simulator) -> None:
    settings = settings_for(discord.base_url, discord.token)
    with restored_target():
        point_at(settings)
        flight = await preflight(settings)
    assert (flight.name, flight.application_id) == ("Guildbase", discord.application_id)
    assert flight.granted == {"members", "presences", "message_content"}
    assert (flight.shards, flight.starts_left, flight.max_concurrency) == (2, 1000, 16)
    assert flight.starts_reset_after == 0, "the day begins with the first start"


@pytest.mark.parametrize(
    ("bit", "name"),
    [
        (12, "presences"),
        (13, "presences"),
        (14, "members"),
        (15, "members"),
        (18, "message_content"),
        (19, "message_content"),
    ],
)
async def test_both_forms_of_each_grant_count(discord: Simulator, bit: int, name: str) -> None:
    discord.world.application.flags = ApplicationFlag(1 << bit)
    settings = settings_for(discord.base_url, discord.token)
    with restored_target():
        point_at(settings)
        assert (await preflight(settings)).granted == {name}


async def test_a_refused_token_is_told_without_showing_it(discord: Simulator) -> None:
    settings = settings_for(discord.base_url, "MTIz.very-secret")
    with restored_target():
        point_at(settings)
        with pytest.raises(ConfigurationError) as caught:
            await preflight(settings)
    assert caught.value.message == "Discord refuses the token."
    assert "very-secret" not in caught.value.text


async def test_nobody_there_is_told_with_the_address() -> None:
    settings = settings_for("http://127.0.0.1:9/api/v10", "x")
    with restored_target():
        point_at(settings)
        with pytest.raises(DiscordUnreachable, match=r"http://127\.0\.0\.1:9/api/v10/applications/@me"):
            await preflight(settings)


async def answered(handler: Handler) -> None:
    """Run the preflight against a server that answers everything with this handler."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    settings = settings_for(f"http://127.0.0.1:{runner.addresses[0][1]}", "x")
    try:
        with restored_target():
            point_at(settings)
            await preflight(settings)
    finally:
        await runner.cleanup()


async def test_an_outage_of_discord_is_told_as_one() -> None:
    async def outage(_request: web.Request) -> web.Response:
        return web.Response(status=503, text="upstream connect error")

    with pytest.raises(DiscordUnreachable):
        await answered(outage)


async def test_an_answer_that_never_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight_module, "TIMEOUT", aiohttp.ClientTimeout(total=0.1))

    async def silence(_request: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    with pytest.raises(DiscordUnreachable, match="TimeoutError"):
        await answered(silence)


@pytest.mark.parametrize("body", ["<html>a captive portal</html>", "{}", "[]", '{"id": "1", "name": "x"}'])
async def test_an_answer_that_is_not_discords_is_told_as_such(body: str) -> None:
    async def nonsense(_request: web.Request) -> web.Response:
        return web.Response(text=body, content_type="application/json")

    with pytest.raises(DiscordUnreachable, match="is not Discord"):
        await answered(nonsense)
