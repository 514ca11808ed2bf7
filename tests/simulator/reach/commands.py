from __future__ import annotations

from typing import Any

import discord
import pytest
from discord import app_commands

from guildbase.simulator.world import commands as world_commands
from guildbase.simulator.world import entitlements as world_entitlements
from guildbase.simulator.world.entities import CommandPermission, CommandPermissionType, SkuType
from tests.simulator.reach.journey import Journey, collected, scenario


@scenario
async def global_commands(it: Journey) -> None:
    await _commands(it, None)


@scenario
async def commands_of_a_guild(it: Journey) -> None:
    await _commands(it, it.guild)


async def _commands(it: Journey, guild: discord.Guild | None) -> None:
    tree = it.bot.tree
    tree.add_command(app_commands.Command(name="travel", description="Go", callback=_travel), guild=guild)
    try:
        made = (await tree.sync(guild=guild))[0]
        assert await tree.fetch_commands(guild=guild) == [made]
        assert await tree.fetch_command(made.id, guild=guild) == made
        assert (await made.edit(description="Gone")).description == "Gone"
        await made.delete()
        payload: Any = {"name": "again", "description": "Go again"}
        if guild is None:
            await it.bot.http.upsert_global_command(it.bot.application_id, payload)
        else:
            await it.bot.http.upsert_guild_command(it.bot.application_id, guild.id, payload)
    finally:
        tree.clear_commands(guild=guild)


async def _travel(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("away")
    assert (await interaction.original_response()).content == "away"
    await interaction.edit_original_response(content="far away")
    more = await interaction.followup.send("more", wait=True)
    await more.edit(content="even more")
    await more.delete()
    await interaction.delete_original_response()


@scenario
async def an_interaction(it: Journey) -> None:
    tree = it.bot.tree
    tree.add_command(app_commands.Command(name="travel", description="Go", callback=_travel), guild=it.guild)
    try:
        command = (await tree.sync(guild=it.guild))[0]
        await it.hears("app_command_completion", it.person.slash("travel"))
        await it.bot.http.get_guild_application_command_permissions(it.bot.application_id, it.guild.id)
        with pytest.raises(discord.NotFound, match="10066"):
            await command.fetch_permissions(it.guild)
        rule = CommandPermission(it.person.id, CommandPermissionType.USER, permission=False)
        await it.hears(
            "raw_app_command_permissions_update",
            lambda: world_commands.set_permissions(
                it.sim.world, it.home.guild, command.id, [rule], actor_id=it.home.owner.id
            ),
        )
        assert (await command.fetch_permissions(it.guild)).permissions[0].permission is False
    finally:
        tree.clear_commands(guild=it.guild)


@scenario
async def entitlements(it: Journey) -> None:
    world_entitlements.offer(it.sim.world, "Gold", SkuType.CONSUMABLE)
    sku = (await it.bot.fetch_skus())[0]
    await it.hears(
        "entitlement_create",
        it.bot.create_entitlement(sku, discord.Object(it.guild.id), discord.EntitlementOwnerType.guild),
    )
    made = (await collected(it.bot.entitlements(guild=discord.Object(it.guild.id))))[0]
    assert (await it.bot.fetch_entitlement(made.id)).id == made.id
    await it.told("ENTITLEMENT_UPDATE", made.consume())
    await it.hears("entitlement_delete", made.delete())


@scenario
async def subscriptions(it: Journey) -> None:
    offered = world_entitlements.offer(it.sim.world, "Monthly", SkuType.SUBSCRIPTION)
    _, paid = await it.hears(
        "subscription_create", lambda: world_entitlements.subscribe(it.sim.world, offered.id, it.person.id)
    )
    sku = next(one for one in await it.bot.fetch_skus() if one.id == offered.id)
    assert [one.id for one in await collected(sku.subscriptions(user=it.member))] == [paid.id]
    assert (await sku.fetch_subscription(paid.id)).user_id == it.person.id
