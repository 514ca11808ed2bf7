from __future__ import annotations

from typing import Any

import discord

from guildbase.simulator import Permission
from guildbase.simulator.world import channels, voice
from guildbase.simulator.world.entities import Overwrite
from tests.simulator.reach.journey import Journey, scenario


@scenario
async def every_kind_of_channel(it: Journey) -> None:
    kinds: tuple[Any, ...] = (
        it.guild.create_text_channel,
        it.guild.create_voice_channel,
        it.guild.create_stage_channel,
        it.guild.create_category,
        it.guild.create_forum,
    )
    for make in kinds:
        made, heard = await it.hears("guild_channel_create", make("made"))
        assert made == heard
    await made.move(beginning=True)
    assert made in await it.guild.fetch_channels()
    assert await it.bot.fetch_channel(made.id) == made
    await it.hears("guild_channel_update", it.channel.edit(topic="On topic"))
    await it.hears("guild_channel_update", it.channel.set_permissions(it.member, send_messages=False))
    await it.hears("guild_channel_update", it.channel.set_permissions(it.member, overwrite=None))
    await it.hears("guild_channel_delete", made.delete())


@scenario
async def announcements(it: Journey) -> None:
    news = await it.guild.create_text_channel("news", news=True)
    await it.told("WEBHOOKS_UPDATE", news.follow(destination=it.channel))
    sent = await news.send("headline")
    await it.hears("message_edit", sent.publish())


@scenario
async def threads(it: Journey) -> None:
    sent = await it.channel.send("start")
    thread, _ = await it.hears("thread_create", sent.create_thread(name="About it"))
    assert thread.id == sent.id
    private = await it.channel.create_thread(name="Private", type=discord.ChannelType.private_thread)
    await private.send("inside")
    await it.hears("thread_member_join", private.add_user(it.member))
    assert (await private.fetch_member(it.person.id)).id == it.person.id
    assert len(await private.fetch_members()) == 2
    await it.hears("thread_member_remove", private.remove_user(it.member))
    assert {one.id for one in await it.guild.active_threads()} == {thread.id, private.id}
    await it.told("THREAD_MEMBERS_UPDATE", thread.leave())
    await it.told("THREAD_MEMBER_UPDATE", thread.join())
    for one in (thread, private):
        await it.told("THREAD_UPDATE", one.edit(archived=True))
    assert [one.id async for one in it.channel.archived_threads()] == [thread.id]
    assert [one.id async for one in it.channel.archived_threads(private=True)] == [private.id]
    assert [one.id async for one in it.channel.archived_threads(private=True, joined=True)] == [private.id]
    await it.hears("raw_thread_delete", thread.delete())


@scenario
async def forums(it: Journey) -> None:
    forum = await it.guild.create_forum("forum", available_tags=[discord.ForumTag(name="new")])
    thread, message = await forum.create_thread(name="Post", content="first", applied_tags=list(forum.available_tags))
    assert message.channel == thread


@scenario
async def a_channel_opens(it: Journey) -> None:
    hidden = await it.guild.create_text_channel("hidden")
    await hidden.create_thread(name="Inside", type=discord.ChannelType.public_thread)
    it.home.grant_bot(discord.Permissions.all().value & ~Permission.ADMINISTRATOR)
    world, place = it.sim.world, it.home.channel("hidden")
    closed = Overwrite(it.guild.id, 0, deny=int(Permission.VIEW_CHANNEL))
    channels.overwrite(world, place, closed)
    await it.told("THREAD_LIST_SYNC", lambda: channels.clear_overwrite(world, place, it.guild.id))


@scenario
async def webhooks(it: Journey) -> None:
    hook, where = await it.hears("webhooks_update", it.channel.create_webhook(name="Hook"))
    assert where == it.channel
    assert await it.channel.webhooks() == [hook]
    assert await it.guild.webhooks() == [hook]
    assert await it.bot.fetch_webhook(hook.id) == hook
    sent = await hook.send("hello", wait=True, username="Somebody")
    assert (await hook.fetch_message(sent.id)).content == "hello"
    assert (await sent.edit(content="other")).content == "other"
    await sent.delete()
    assert (await hook.edit(name="Other")).name == "Other"
    known = discord.Webhook.partial(hook.id, hook.token or "", session=it.bot.http._HTTPClient__session)
    assert (await known.fetch()).name == "Other"
    assert (await known.edit(name="Third")).name == "Third"
    await known.delete()
    second = await it.channel.create_webhook(name="Second")
    await second.delete()


@scenario
async def invites(it: Journey) -> None:
    invite, heard = await it.hears("invite_create", it.channel.create_invite(max_uses=5, unique=True))
    assert heard.code == invite.code
    assert await it.guild.invites() == [invite]
    assert await it.channel.invites() == [invite]
    assert (await it.bot.fetch_invite(invite.code)).guild.id == it.guild.id
    await it.hears("invite_delete", invite.delete())


@scenario
async def voice_channels(it: Journey) -> None:
    channel = await it.guild.create_voice_channel("voice")
    _, (member, _, after) = await it.hears("voice_state_update", lambda: _joins(it, channel))
    assert (member, after.channel) == (it.member, channel)
    assert (await it.member.fetch_voice()).channel == channel
    await it.hears("voice_state_update", it.member.edit(mute=True))
    await it.told("VOICE_STATE_UPDATE", it.guild.change_voice_state(channel=channel))
    assert (await it.guild.me.fetch_voice()).channel == channel
    await channel.edit(status="Talking")
    sound = (await it.bot.fetch_soundboard_default_sounds())[0]
    await it.hears("voice_channel_effect", channel.send_sound(sound))


@scenario
async def stages(it: Journey) -> None:
    channel = await it.guild.create_stage_channel("stage")
    stage, _ = await it.hears("stage_instance_create", channel.create_instance(topic="Topic"))
    assert await channel.fetch_instance() == stage
    await it.hears("stage_instance_update", stage.edit(topic="Other"))
    _joins(it, channel)
    await it.bot.until(lambda: it.member.voice)
    await it.hears("voice_state_update", it.member.edit(suppress=False))
    await it.told("VOICE_STATE_UPDATE", it.guild.change_voice_state(channel=channel))
    await it.guild.me.edit(suppress=False)
    await it.hears("stage_instance_delete", stage.delete())


def _joins(it: Journey, channel: discord.abc.GuildChannel) -> None:
    voice.move(it.sim.world, it.home.guild, it.person.id, channel.id)
