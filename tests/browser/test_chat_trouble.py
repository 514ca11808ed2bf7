"""What goes wrong around people who look at the page: floods, nonsense, and places that vanish under their eyes."""

from __future__ import annotations

from playwright.async_api import Page, expect

from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.simulator.world import messages
from guildbase.simulator.world.messages import Draft
from tests.browser.conftest import Window
from tests.browser.test_chat_page import said, write

NONSENSE = (
    "<t:9999999999999>",
    "**" * 900,
    "> " * 900,
    "||" * 400 + "||a",
    "[" * 1900,
    "# \u202eturned",
    "javascript:alert(1) [x](javascript:alert(1)) <javascript:alert(1)>",
    "<:\u200b:1> <@&1> <#1> </a:1>",
)


async def looking(window: Window, person: str = "jonas", **place: str) -> Page:
    page = await window(person, **({"channel": "general"} | place))
    await expect(said(page, "Count me in.")).to_be_visible()
    return page


def flood(sim: Simulator, guild: ScriptedGuild, count: int, *, after: int = 0) -> None:
    """Let priya write many messages at once."""
    priya = guild.member("priya").user
    for number in range(after, after + count):
        messages.send(sim.world, guild.channel("general"), priya, Draft(f"wave {number}"))


async def test_regression_nonsense_is_shown_as_it_is(discord: Simulator, window: Window) -> None:
    jonas, general = await looking(window), discord.guild("Harbour Café").channel("general")
    for text in NONSENSE:
        messages.send(discord.world, general, discord.guild("Harbour Café").member("priya").user, Draft(text))
    await expect(said(jonas, "<t:9999999999999>")).to_be_visible()
    await expect(jonas.locator(".log a[href^=javascript]")).to_have_count(0)
    await write(jonas, "still here")
    await expect(said(jonas, "still here")).to_be_visible()


async def test_regression_a_flood_leaves_the_page_in_use(discord: Simulator, window: Window) -> None:
    jonas, guild = await looking(window), discord.guild("Harbour Café")
    flood(discord, guild, 3000)
    await expect(jonas.get_by_text("wave 2999", exact=True)).to_be_visible()
    assert await jonas.locator(".message").count() <= 400

    # Who reads older messages is left in peace, and brought to the end by what they write.
    await jonas.locator("#scroll").evaluate("it => it.scrollTo({ top: 4000 })")
    await expect(jonas.get_by_role("button", name="Newer messages")).to_be_visible()
    place = "() => [...document.querySelectorAll('.message')].find((it) => it.getBoundingClientRect().bottom > 60)"
    before = await jonas.evaluate(f"({place})().innerText")
    flood(discord, guild, 500, after=3000)
    await expect(jonas.locator("#typing, .typing")).to_be_attached()
    await jonas.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert await jonas.evaluate(f"({place})().innerText") == before
    assert await jonas.locator(".message").count() <= 400
    await write(jonas, "what a storm")
    await expect(said(jonas, "what a storm")).to_be_visible()
    await expect(jonas.get_by_text("wave 3499", exact=True)).to_be_visible()
    await expect(jonas.get_by_role("button", name="Newer messages")).to_be_hidden()


async def test_regression_places_vanish_under_ones_eyes(discord: Simulator, window: Window) -> None:
    jonas, guild = await looking(window), discord.guild("Harbour Café")
    await guild.owner.creates_channel("pier")
    await jonas.get_by_role("button", name="pier").click()
    await expect(jonas.get_by_role("heading", name="pier", exact=True)).to_be_visible()
    await guild.owner.deletes_channel("pier")
    await expect(jonas.get_by_role("heading", name="general", exact=True)).to_be_visible()

    for channel in list(guild.guild.channels.values()):
        await guild.owner.does("PUT", f"/channels/{channel.id}/permissions/{guild.id}", {"type": 0, "deny": "1024"})
        jonas_id = guild.member("jonas").id
        await guild.owner.does("PUT", f"/channels/{channel.id}/permissions/{jonas_id}", {"type": 1, "deny": "1024"})
    await expect(jonas.get_by_role("heading", name="There is nothing to see here")).to_be_visible()
    await expect(jonas.locator("#write")).to_be_disabled()
    await expect(jonas.get_by_role("heading", name="general", exact=True)).to_have_count(0)

    await guild.owner.bans(guild.member("jonas"))
    await expect(jonas.get_by_role("navigation", name="Servers").get_by_title("Harbour Café")).to_have_count(0)
    await expect(jonas.locator("#write")).to_be_enabled()
    await expect(jonas.get_by_role("heading", name="general", exact=True)).to_be_visible()
