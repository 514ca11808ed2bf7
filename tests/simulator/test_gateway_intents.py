"""Which events need which intent, in guilds and in direct conversations, and what is blank without MESSAGE_CONTENT."""

from __future__ import annotations

from typing import Any

import pytest

from guildbase.simulator.gateway import intents
from guildbase.simulator.gateway.audience import bot_perceives
from guildbase.simulator.gateway.intents import Intent
from guildbase.simulator.permissions import Permission
from guildbase.simulator.server import Simulator
from guildbase.simulator.world import messages, outages, threads
from guildbase.simulator.world.entities import ChannelType
from guildbase.simulator.world.messages import Draft
from guildbase.simulator.world.state import Event
from tests.simulator.sockets import FAST, dialled, identify

BOT = "42"
IN_GUILDS = {
    "CHANNEL_UPDATE": 0, "THREAD_CREATE": 0, "THREAD_LIST_SYNC": 0, "STAGE_INSTANCE_CREATE": 0, "GUILD_ROLE_UPDATE": 0,
    "GUILD_MEMBER_ADD": 1, "GUILD_BAN_ADD": 2, "GUILD_AUDIT_LOG_ENTRY_CREATE": 2, "GUILD_EMOJIS_UPDATE": 3,
    "GUILD_STICKERS_UPDATE": 3, "GUILD_SOUNDBOARD_SOUND_CREATE": 3, "INTEGRATION_CREATE": 4, "WEBHOOKS_UPDATE": 5,
    "INVITE_CREATE": 6, "VOICE_STATE_UPDATE": 7, "PRESENCE_UPDATE": 8, "MESSAGE_CREATE": 9, "MESSAGE_DELETE_BULK": 9,
    "MESSAGE_REACTION_ADD": 10, "TYPING_START": 11, "GUILD_SCHEDULED_EVENT_CREATE": 16,
    "AUTO_MODERATION_RULE_CREATE": 20, "AUTO_MODERATION_ACTION_EXECUTION": 21, "MESSAGE_POLL_VOTE_ADD": 24,
}  # fmt: skip
IN_DMS = {
    "MESSAGE_CREATE": 12, "CHANNEL_PINS_UPDATE": 12, "MESSAGE_REACTION_ADD": 13, "TYPING_START": 14,
    "MESSAGE_POLL_VOTE_ADD": 25,
}  # fmt: skip
FREE = ["INTERACTION_CREATE", "USER_UPDATE", "ENTITLEMENT_CREATE", "APPLICATION_COMMAND_PERMISSIONS_UPDATE"]


@pytest.mark.parametrize(("name", "bit"), IN_GUILDS.items())
def test_events_of_guilds(name: str, bit: int) -> None:
    event = Event(name, {"user": {"id": "1"}}, guild_id=1)
    assert intents.allow(1 << bit, event, BOT)
    assert not intents.allow(intents.KNOWN & ~(1 << bit), event, BOT)


@pytest.mark.parametrize(("name", "bit"), IN_DMS.items())
def test_events_of_direct_conversations(name: str, bit: int) -> None:
    event = Event(name, {})
    assert intents.allow(1 << bit, event, BOT)
    assert not intents.allow(intents.KNOWN & ~(1 << bit), event, BOT)


@pytest.mark.parametrize("name", FREE)
@pytest.mark.parametrize("guild_id", [1, None])
def test_events_without_an_intent(name: str, guild_id: int | None) -> None:
    assert intents.allow(0, Event(name, {}, guild_id), BOT)


def test_a_bot_hears_of_its_own_memberships() -> None:
    assert intents.allow(0, Event("GUILD_MEMBER_UPDATE", {"user": {"id": BOT}}, 1), BOT)
    assert not intents.allow(0, Event("GUILD_MEMBER_UPDATE", {"user": {"id": "1"}}, 1), BOT)

    def in_thread(**data: Any) -> bool:
        return intents.allow(Intent.GUILDS, Event("THREAD_MEMBERS_UPDATE", data, 1), BOT)

    assert not in_thread(added_members=[{"user_id": "1"}], removed_member_ids=["2"])
    assert in_thread(added_members=[{"user_id": BOT}])
    assert in_thread(removed_member_ids=[BOT])
    both = Intent.GUILDS | Intent.GUILD_MEMBERS
    assert intents.allow(both, Event("THREAD_MEMBERS_UPDATE", {"added_members": []}, 1), BOT)


def _message(author: str = "1", mentions: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {
        "guild_id": "7",
        "author": {"id": author},
        "content": "secret",
        "embeds": [{}],
        "attachments": [{}],
        "components": [{}],
        "poll": {},
        "mentions": [{"id": it} for it in mentions],
    } | more


def test_content_is_blank_without_the_intent() -> None:
    snapshot = {"message": {"content": "forwarded", "embeds": [{}], "poll": {}}}
    message = _message(referenced_message=_message(BOT), message_snapshots=[snapshot])
    for name in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
        seen = intents.without_content(name, message, BOT)
        assert seen is not None
        assert seen["content"] == ""
        assert seen["embeds"] == seen["attachments"] == seen["components"] == []
        assert "poll" not in seen
        # What the bot wrote itself it may read, also where others answer to it.
        assert seen["referenced_message"]["content"] == "secret"
        forwarded = seen["message_snapshots"][0]["message"]
        assert (forwarded["content"], forwarded["embeds"], "poll" in forwarded) == ("", [], False)
    answered = intents.without_content("MESSAGE_CREATE", _message(referenced_message=_message()), BOT)
    assert answered is not None
    assert answered["referenced_message"]["content"] == ""
    assert message["content"] == "secret"


@pytest.mark.parametrize("message", [_message(BOT), _message(mentions=(BOT,))])
def test_content_that_is_always_read(message: dict[str, Any]) -> None:
    assert intents.without_content("MESSAGE_CREATE", message, BOT) is None


def test_content_of_direct_messages_is_always_read() -> None:
    message = _message()
    del message["guild_id"]
    assert intents.without_content("MESSAGE_CREATE", message, BOT) is None
    assert intents.without_content("TYPING_START", {}, BOT) is None


@pytest.mark.parametrize(
    ("name", "permission"),
    [
        ("GUILD_AUDIT_LOG_ENTRY_CREATE", Permission.VIEW_AUDIT_LOG),
        ("AUTO_MODERATION_RULE_UPDATE", Permission.MANAGE_GUILD),
        ("AUTO_MODERATION_ACTION_EXECUTION", Permission.MANAGE_GUILD),
        ("INVITE_CREATE", Permission.MANAGE_CHANNELS),
    ],
)
async def test_events_that_need_a_permission(name: str, permission: Permission) -> None:
    async with Simulator() as sim:
        weak, strong = sim.guild("Weak", bot_permissions=0), sim.guild("Strong", bot_permissions=int(permission))
        assert not bot_perceives(sim.world, Event(name, {}, weak.id))
        assert bot_perceives(sim.world, Event(name, {}, strong.id))
        assert not bot_perceives(sim.world, Event(name, {}, strong.id, visible_to=1))
        assert not bot_perceives(sim.world, Event(name, {}, 5))
        outages.begin(sim.world, strong.guild)
        assert not bot_perceives(sim.world, Event(name, {}, strong.id))
        outages.end(sim.world, strong.guild)
        assert not bot_perceives(sim.world, Event(name, {}, sim.guild("Botless", bot_permissions=None).id))


async def test_private_threads_are_heard_of_by_those_in_them() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim) as client:
        guild = sim.guild("A", bot_permissions=0)
        ada, bob = guild.member("ada"), guild.member("bob")
        await client.send(2, identify(sim, intents=int(Intent.GUILDS | Intent.GUILD_MEMBERS | Intent.GUILD_MESSAGES)))
        await client.event("GUILD_CREATE")
        thread = threads.start(
            sim.world, guild.guild, guild.channel("general"), ada.id, "secret", ChannelType.PRIVATE_THREAD
        )
        threads.add_member(sim.world, guild.guild, thread, bob.id)
        messages.send(sim.world, thread, ada.user, Draft("not for bots"))
        threads.add_member(sim.world, guild.guild, thread, sim.bot_user_id)
        assert (await client.next())["t"] == "THREAD_CREATE"
        messages.send(sim.world, thread, ada.user, Draft("for all here"))
        heard = await client.event("MESSAGE_CREATE")
        assert (heard["d"]["channel_id"], heard["d"]["author"]["id"]) == (str(thread.id), str(ada.id))
        threads.remove_member(sim.world, thread, sim.bot_user_id)
        assert (await client.event("THREAD_MEMBERS_UPDATE"))["d"]["removed_member_ids"] == [str(sim.bot_user_id)]
        messages.send(sim.world, thread, ada.user, Draft("alone again"))
        await client.send(1)
        assert (await client.next())["op"] == 11
