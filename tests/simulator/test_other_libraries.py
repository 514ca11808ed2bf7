"""Other libraries than discord.py, as their users install them, with nothing set but where Discord is."""

from __future__ import annotations

import asyncio
import logging

import hikari
import pytest
from hikari.impl import HTTPSettings

from guildbase.simulator import Simulator
from tests.simulator.sockets import FAST


@pytest.mark.parametrize("tls", [False, True])
async def test_hikari_meets_discord_here(tls: bool, caplog: pytest.LogCaptureFixture) -> None:
    async with Simulator(gateway=FAST, tls=tls) as sim:
        guild = sim.guild("A")
        ada = guild.member("ada")
        bot = hikari.GatewayBot(
            sim.token,
            banner=None,
            logs=None,
            rest_url=sim.base_url,
            http_settings=HTTPSettings(ssl=sim.client_ssl() if tls else True),
            intents=hikari.Intents.ALL,
        )
        heard: asyncio.Queue[hikari.MessageCreateEvent] = asyncio.Queue()

        @bot.listen()
        async def on_message(event: hikari.GuildMessageCreateEvent) -> None:
            if event.is_human:
                await heard.put(event)

        @bot.listen()
        async def on_interaction(event: hikari.InteractionCreateEvent) -> None:
            assert isinstance(event.interaction, hikari.CommandInteraction)
            text = event.interaction.options[0].value if event.interaction.options else ""
            await event.interaction.create_initial_response(
                hikari.ResponseType.MESSAGE_CREATE, f"you said {text}", flags=hikari.MessageFlag.EPHEMERAL
            )

        await bot.start(check_for_updates=False, status=hikari.Status.IDLE)
        try:
            application = await bot.rest.fetch_application()
            command = bot.rest.slash_command_builder("echo", "Says it again").add_option(
                hikari.CommandOption(type=hikari.OptionType.STRING, name="text", description="What", is_required=True)
            )
            await bot.rest.set_application_commands(application, [command])
            reply = await ada.slash("echo", text="hello")
            assert (reply.text, reply.ephemeral) == ("you said hello", True)

            said = await ada.says("hello hikari")
            event = await asyncio.wait_for(heard.get(), 5)
            assert event.message.content == "hello hikari"
            await event.message.add_reaction("👍")
            answer = await event.message.respond(
                "hello",
                embed=hikari.Embed(title="A card").add_field("name", "value"),
                attachment=hikari.Bytes(b"contents", "a.txt"),
                reply=True,
            )
            assert said.reactions == {"👍": [sim.bot_user_id]}
            if not tls:
                # Files are read by a client that takes no settings; over TLS it needs SSL_CERT_FILE at the start.
                assert await answer.attachments[0].read() == b"contents"
            assert guild.messages("general")[-1].embeds[0]["title"] == "A card"

            cached = bot.cache.get_guild(guild.id)
            assert cached is not None
            assert {it.username for it in cached.get_members().values()} >= {"ada", "guildbase"}
            assert (await bot.rest.fetch_member(guild.id, ada.id)).username == "ada"
            await bot.update_presence(status=hikari.Status.DO_NOT_DISTURB, activity=hikari.Activity(name="chess"))
            seen = await sim.world.watch.until(lambda: _playing(sim, "chess"), 5)
            assert seen == "dnd"
            assert [it.getMessage() for it in caplog.records if it.levelno >= logging.ERROR] == []
            assert sim.stats.unknown_routes == {}
            assert sim.stats.crashes == 0
        finally:
            await bot.close()


def _playing(sim: Simulator, game: str) -> str | None:
    presence = sim.world.presences.get(sim.bot_user_id)
    doing = [] if presence is None else [it["name"] for it in presence.activities]
    return presence.status if presence is not None and game in doing else None
