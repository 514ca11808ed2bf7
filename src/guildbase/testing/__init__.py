"""Fixtures to test your bot on a local Discord, with no token, no network and no mock.

They come with pytest as soon as Guildbase is installed. They need pytest-asyncio in auto mode
(`asyncio_mode = "auto"` in your pytest configuration), and `guildbase_api` needs httpx.

    async def test_a_warning_is_told(guildbase_bot, moderator, member):
        reply = await moderator.slash("warn", user=member, reason="spam")
        assert reply.text.startswith("Case #1")
        assert "spam" in (await member.receives_dm()).text

    async def test_my_own_feature(start_guildbase, member):
        await start_guildbase(features_dir="features")
        assert (await member.slash("hello")).text == "Hello!"

`discord` is the local Discord, `guild` a server in it, `member`, `moderator` and `application_owner`
are people in that server, `guildbase_bot` is the connected bot, `guildbase_api` a client of its HTTP
API, and `start_guildbase` starts a bot with settings of your choice.
"""
