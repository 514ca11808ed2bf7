"""The setup of mute and jail: what is made, where it is denied, and what remains of it after a cut or a refusal."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from guildbase.bot.client import GuildbaseBot
from guildbase.bot.targets import bot_standing
from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.features.setup import denials
from guildbase.features.setup.controller import SetupController
from guildbase.features.setup.controller.steps import DENY
from guildbase.features.setup.denials import IN_JAIL, JAIL_ROLE, MUTE_ROLE, MUTED, NEEDED, VIEW_CHANNEL, Overwrite
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.services.outbox import EffectState, Outbox, OutboxEffect
from guildbase.simulator import Permission, Person, ScriptedGuild, Simulator
from guildbase.simulator.world.entities import ChannelType
from tests.factories import member as a_member
from tests.features.setup.scripted import choose, names, press
from tests.waiting import until

PUT = "PUT /channels/{channel_id}/permissions/{overwrite_id}"
MANY = sum(NEEDED.values())


async def _settings(bot: GuildbaseBot, guild: ScriptedGuild) -> Any:
    return (await bot.services.get(ConfigurationController).current(guild.id, "moderation")).settings


async def _channel(guild: ScriptedGuild, name: str, kind: int = ChannelType.TEXT, **values: Any) -> Any:
    return await guild.owner.does("POST", f"/guilds/{guild.id}/channels", {"name": name, "type": kind, **values})


def _denied(guild: ScriptedGuild, channel: int, role: int | None) -> int:
    there = guild.guild.channels[int(channel)].overwrites.get(role or 0)
    return there.deny if there is not None else 0


def _is_closed(bot: GuildbaseBot, guild: ScriptedGuild, settings: Any) -> bool:
    """Whether all channels deny both roles, as Discord has it."""
    world, own = guild.guild.channels.values(), settings.jail_channel
    mute = all(_denied(guild, it.id, settings.mute_role) & MUTED == MUTED for it in world)
    return mute and all(_denied(guild, it.id, settings.jail_role) & VIEW_CHANNEL for it in world if it.id != own)


async def test_one_press_makes_all_and_denies_it_everywhere(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, manager: Person, moderator: Person
) -> None:
    guild.grant_bot(MANY)
    category = int((await _channel(guild, "plaza", ChannelType.CATEGORY))["id"])
    rows = [{"id": str(guild.id), "type": 0, "allow": "0", "deny": str(int(Permission.ATTACH_FILES))}]
    own = int((await _channel(guild, "own", parent_id=str(category), permission_overwrites=rows))["id"])
    following = int((await _channel(guild, "following", parent_id=str(category)))["id"])
    told = await moderator.slash("jail", user=manager, reason="x")
    assert "`/setup step:punishments`" in told.text
    page = await manager.slash("setup", step="punishments")
    assert page.text.count("not set") == 3
    done = await press(page, "make_punishments")
    settings = await _settings(guildbase_bot, guild)
    await until(lambda: _is_closed(guildbase_bot, guild, settings))
    roles = [guild.role("Muted"), guild.role("Jailed")]
    assert [settings.mute_role, settings.jail_role] == [it.id for it in roles]
    assert not any(it.permissions for it in roles)
    # What others set in a channel stays, and Discord itself passes on what changes in a category.
    assert guild.guild.channels[own].overwrites[guild.id].deny == Permission.ATTACH_FILES
    changed = {entry["target_id"] for entry in guild.audit_log if entry["action_type"] == 13}
    assert {str(category), str(own)} <= changed
    assert str(following) not in changed
    jail = guild.find_channel("jail")
    assert settings.jail_channel == jail.id
    await until(lambda: jail.overwrites[settings.jail_role].allow == IN_JAIL)
    assert jail.overwrites[guild.id].deny == VIEW_CHANNEL
    here = guildbase_bot.get_guild(guild.id)
    assert here is not None
    await until(lambda: all(_denied_here(it, settings.jail_role) for it in here.channels if it.id != jail.id))
    again = await press(done, "again")
    assert again.text.count("denied in all channels") == 2
    assert "make_punishments" not in names(again)
    history = await guildbase_bot.services.get(ConfigurationController).history(SYSTEM, guild.id, "moderation")
    assert {(entry.kind, entry.author_id) for entry in history.entries} == {("setup", manager.id)}


def _denied_here(channel: Any, role_id: int) -> bool:
    role = channel.guild.get_role(role_id)
    return role is not None and not channel.permissions_for(role).view_channel


async def test_a_cut_anywhere_and_a_second_press_make_nothing_twice(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild
) -> None:
    controller, outbox = guildbase_bot.services.get(SetupController), guildbase_bot.services.get(Outbox)
    here = guildbase_bot.get_guild(guild.id)
    assert here is not None
    with (
        discord.faults.rest("POST /guilds/{guild_id}/roles", cut="after", times=1) as role,
        discord.faults.rest("POST /guilds/{guild_id}/channels", cut="after", times=1) as channel,
        discord.faults.rest(PUT, cut="after", times=1) as denial,
    ):
        presses = [await controller.make_punishments(SYSTEM, guild.id, bot_standing(here)) for _ in range(2)]
        for effect_id in presses:
            assert await outbox.outcome(effect_id, timeout=20) is EffectState.DONE
        settings = await _settings(guildbase_bot, guild)
        await until(lambda: _is_closed(guildbase_bot, guild, settings), timeout=20)
    assert role.hits == channel.hits == denial.hits == 1
    made = [it.name for it in guild.guild.roles.values() if it.name in {"Muted", "Jailed"}]
    assert sorted(made) == ["Jailed", "Muted"]
    assert [it.id for it in guild.guild.channels.values() if it.name == "jail"] == [settings.jail_channel]


async def test_what_the_bot_lacks_is_named_and_nothing_is_promised(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, manager: Person
) -> None:
    guild.grant_bot(MANY & ~(NEEDED["manage_roles"] | NEEDED["manage_channels"]))
    here = guildbase_bot.get_guild(guild.id)
    await until(lambda: here is not None and not here.me.guild_permissions.manage_roles)
    refused = await press(await manager.slash("setup", step="punishments"), "make_punishments")
    assert "I lack permissions: Manage Roles, Manage Channels." in refused.text
    assert not {"Muted", "Jailed"} & {it.name for it in guild.guild.roles.values()}
    assert here is not None
    with pytest.raises(PermissionDenied, match="may not change this server"):
        await guildbase_bot.services.get(SetupController).make_punishments(
            a_member(guild.id), guild.id, bot_standing(here)
        )


async def test_a_channel_that_shuts_the_bot_out_stays_on_the_list(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, manager: Person
) -> None:
    guild.grant_bot(MANY)
    mute, jail, own = guild.role("Silenced"), guild.role("Locked up"), guild.find_channel("mod-log")
    rows = [{"id": str(guild.id), "type": 0, "allow": "0", "deny": str(NEEDED["manage_roles"])}]
    shut = await _channel(guild, "shut", permission_overwrites=rows)
    page = await manager.slash("setup", step="punishments")
    page = await choose(page, "mute_role", mute)
    page = await choose(page, "jail_role", jail)
    page = await choose(page, "jail_channel", own)
    page = await press(page, "make_punishments")
    others = [it for it in guild.guild.channels if it != int(shut["id"])]
    await until(lambda: all(_denied(guild, it, mute.id) & MUTED == MUTED for it in others))
    # The role of the muted is denied everywhere first, so this one may not be there yet.
    await until(lambda: own.overwrites.get(jail.id, Overwrite()).allow == IN_JAIL)
    assert await _outcomes(guildbase_bot) == {EffectState.DONE, EffectState.FAILED}
    here = guildbase_bot.get_guild(guild.id)
    assert here is not None
    await until(
        lambda: all(_denied_here(it, jail.id) for it in here.channels if it.id not in {int(shut["id"]), own.id})
    )
    page = await press(page, "again")
    assert page.text.count("not denied yet in 1 channel: #shut") == 2
    assert _denied(guild, int(shut["id"]), mute.id) == 0
    # What was picked is used, so nothing was made.
    assert not {"Muted", "Jailed"} & {it.name for it in guild.guild.roles.values()}
    await guild.owner.deletes_role("Silenced")
    await until(lambda: here.get_role(mute.id) is None)
    assert "gone" in (await press(page, "again")).text


async def _outcomes(bot: GuildbaseBot) -> set[EffectState | None]:
    """How the denials in all channels ended."""
    outbox = bot.services.get(Outbox)
    async with bot.services.get(DatabaseManager).read_session() as session:
        promised = select(col(OutboxEffect.effect_id)).where(col(OutboxEffect.kind) == DENY)
        effect_ids = (await session.execute(promised)).scalars().all()
    return {await outbox.outcome(effect_id or 0, timeout=10) for effect_id in effect_ids}


async def test_a_channel_that_is_gone_by_now_ends_quietly(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    controller = guildbase_bot.services.get(SetupController)
    await controller.spread(guild.id, [guild.id], {"asker_id": "", "asker_name": "ada"})
    assert await _outcomes(guildbase_bot) == {EffectState.DONE}


async def test_everyone_is_no_role_to_deny(guildbase_bot: GuildbaseBot, guild: ScriptedGuild, manager: Person) -> None:
    everyone = {"mute_role": str(guild.id)}
    await guildbase_bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "moderation", everyone)
    await guildbase_bot.services.get(SetupController).spread(
        guild.id, [guild.channel("general").id], {"asker_name": ""}
    )
    assert await _outcomes(guildbase_bot) == {EffectState.DONE}
    assert _denied(guild, guild.channel("general").id, guild.id) == 0
    page = await manager.slash("setup", step="punishments")
    assert "gone" in page.text
    await press(page, "make_punishments")
    assert (await _settings(guildbase_bot, guild)).mute_role == guild.role("Muted").id


async def test_a_bot_without_moderation_has_nothing_to_set_up(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(guildbase_bot.services.get(FeatureRegistry).features, "moderation")
    page = await guild.owner.slash("setup", step="punishments")
    assert "no moderation" in page.text
    assert names(page) == {"back", "next"}
    assert "`/mute`" not in (await guild.owner.slash("setup")).text


@pytest.mark.parametrize(
    ("setting", "is_jail", "there", "after"),
    [
        (MUTE_ROLE, False, Overwrite(MUTED | 1, 2), Overwrite(1, MUTED | 2)),
        (MUTE_ROLE, True, Overwrite(), Overwrite(0, MUTED)),
        (JAIL_ROLE, False, Overwrite(VIEW_CHANNEL | 1, 2), Overwrite(1, VIEW_CHANNEL | 2)),
        (JAIL_ROLE, True, Overwrite(1, VIEW_CHANNEL | 2), Overwrite(IN_JAIL | 1, 2)),
    ],
)
def test_only_bits_of_ours_are_touched(setting: str, is_jail: bool, there: Overwrite, after: Overwrite) -> None:
    assert denials.wanted(setting, there, is_jail=is_jail) == after
    assert denials.wanted(setting, after, is_jail=is_jail) == after


def test_a_jail_is_open_to_those_inside_alone() -> None:
    assert denials.is_open(JAIL_ROLE, 0, is_jail=True)
    assert not denials.is_open(JAIL_ROLE, VIEW_CHANNEL, is_jail=True)
    assert denials.is_open(JAIL_ROLE, VIEW_CHANNEL, is_jail=False)
    assert denials.is_open(MUTE_ROLE, MUTED, is_jail=True)


def test_categories_come_first_and_what_follows_them_is_left_to_discord() -> None:
    said, other = ([{"id": "9", "type": 0, "allow": "0", "deny": deny}] for deny in ("1", "2"))
    listed: list[dict[str, Any]] = [
        {"id": "1", "parent_id": "4", "permission_overwrites": said},
        {"id": "2", "parent_id": "4", "permission_overwrites": other},
        {"id": "3", "parent_id": None, "permission_overwrites": said},
        {"id": "4", "permission_overwrites": said},
    ]
    assert denials.independent(listed) == [4, 2, 3]
