from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
import pytest
from discord import app_commands

from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.simulator.world import entitlements as shop
from guildbase.simulator.world.entities import SkuType


async def test_skus_and_what_is_held_of_them(sim: Simulator, bot: Any, guild: ScriptedGuild) -> None:
    potion, hat = shop.offer(sim.world, "Red Potion", SkuType.CONSUMABLE), shop.offer(sim.world, "Hat")
    listed = {it.id: it for it in await bot.fetch_skus()}
    assert (listed[potion.id].slug, listed[potion.id].type) == ("red-potion", discord.SKUType.consumable)
    ada = guild.member("ada")
    await bot.create_entitlement(discord.Object(potion.id), ada.user, discord.EntitlementOwnerType.user)
    created = await bot.until(lambda: bot.last("ENTITLEMENT_CREATE"))
    assert (created["user_id"], created["sku_id"]) == (str(ada.id), str(potion.id))
    shop.grant(sim.world, hat.id, guild_id=guild.id)
    [hers] = [it async for it in bot.entitlements(user=discord.Object(ada.id))]
    [its] = [it async for it in bot.entitlements(guild=discord.Object(guild.id))]
    assert (hers.sku_id, its.sku_id, its.guild_id) == (potion.id, hat.id, guild.id)
    of_both = bot.entitlements(skus=[listed[hat.id], listed[potion.id]])
    assert {it.id async for it in of_both} == {its.id, hers.id}
    await hers.consume()
    assert (await bot.until(lambda: bot.last("ENTITLEMENT_UPDATE")))["consumed"] is True
    assert (await bot.fetch_entitlement(hers.id)).consumed
    with pytest.raises(discord.HTTPException, match="consumable"):
        await its.consume()
    await hers.delete()
    assert (await bot.until(lambda: bot.last("ENTITLEMENT_DELETE")))["id"] == str(hers.id)
    with pytest.raises(discord.NotFound):
        await bot.fetch_entitlement(hers.id)


async def test_an_interaction_tells_what_is_held(sim: Simulator, bot: Any, guild: ScriptedGuild) -> None:
    @app_commands.command(name="owned", description="owned")
    async def owned(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(str([it.sku_id for it in interaction.entitlements]))

    bot.tree.add_command(owned, guild=discord.Object(guild.id))
    await bot.tree.sync(guild=discord.Object(guild.id))
    hat, ada = shop.offer(sim.world, "Hat"), guild.member("ada_buyer")
    shop.grant(sim.world, hat.id, user_id=ada.id)
    assert (await ada.slash("owned")).text == str([hat.id])
    assert (await guild.member("bob_buyer").slash("owned")).text == "[]"
    bot.tree.clear_commands(guild=discord.Object(guild.id))


async def test_payments_run_for_a_month(run: Any) -> None:
    async with Simulator() as sim, run.calling(sim) as api:
        gold = shop.offer(sim.world, "Gold", SkuType.SUBSCRIPTION)
        ada = sim.guild("Alone").member("ada")
        paid = shop.subscribe(sim.world, gold.id, ada.id)
        listed = (await api("GET", f"/skus/{gold.id}/subscriptions?user_id={ada.id}"))[1]
        assert [it["id"] for it in listed] == [str(paid.id)]
        assert (await api("GET", f"/skus/{gold.id}/subscriptions/5"))[1]["code"] == 10081
        base = f"/applications/{sim.application_id}/entitlements"
        assert len((await api("GET", f"{base}?exclude_ended=true"))[1]) == 1
        sim.advance(timedelta(days=31))
        assert (await api("GET", f"{base}?exclude_ended=true"))[1] == []
        assert len((await api("GET", base))[1]) == 1
