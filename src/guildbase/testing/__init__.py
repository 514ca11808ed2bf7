"""Fixtures to test your bot on a local Discord, with no token, no network and no mock.

They come with pytest as soon as Guildbase is installed. They need pytest-asyncio, best in auto mode
(`asyncio_mode = "auto"` in your pytest configuration), and `guildbase_api` needs httpx.

`discord` is the local Discord, `guild` a server in it, `member`, `moderator` and `application_owner`
are people in that server, and `clock` puts time forward.

For any bot made with discord.py: `run_bot` starts it, `bot_errors` lists what it did not handle.

    async def test_my_bot(run_bot, member):
        await run_bot(MyBot())
        assert (await member.slash("hello")).text == "Hello!"

For features of Guildbase: `guildbase_bot` is the connected bot, `guildbase_api` a client of its HTTP
API, and `start_guildbase` starts a bot with settings of your choice.

    async def test_a_warning_is_told(guildbase_bot, moderator, member):
        reply = await moderator.slash("warn", user=member, reason="spam")
        assert reply.text.startswith("Case #1")
        assert "spam" in (await member.receives_dm()).text

    async def test_my_own_feature(start_guildbase, member):
        await start_guildbase(features_dir="features")
        assert (await member.slash("hello")).text == "Hello!"

For tables and controllers, without a bot: `guildbase_make` stores rows of any model, `guildbase_session`,
`guildbase_rolled_back_database` and `guildbase_services` undo everything at the end of the test, and
`guildbase_database` is a database of the test's own. Each runs on SQLite and on PostgreSQL; the guide
docs/guides/test-your-data.md tells more.
"""
