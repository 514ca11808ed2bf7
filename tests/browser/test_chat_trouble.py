"""What goes wrong around people who look at the page: floods, nonsense, and places that vanish under their eyes."""

from __future__ import annotations

from playwright.async_api import Browser, Page, expect

from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.simulator.seed import seed
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
    "x" * 1900,
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
    await expect(jonas.locator("blockquote blockquote")).to_have_count(0)
    overhang = await jonas.locator("#scroll").evaluate("it => it.scrollWidth - it.clientWidth")
    assert overhang == 0
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


async def test_regression_whoever_returns_to_the_end_sees_no_gap(discord: Simulator, window: Window) -> None:
    jonas = await looking(window)
    flood(discord, discord.guild("Harbour Café"), 500)
    await expect(jonas.get_by_text("wave 499", exact=True)).to_be_visible()
    shown = await jonas.evaluate("""async () => {
        const { goChannel, readOlder } = await import("/chat/chat.js");
        const { state } = await import("/chat/state.js");
        await Promise.all([goChannel(state.channel.id), readOlder()]);
        return state.messages.map((it) => Number(it.content.replace("wave ", "")));
    }""")
    assert shown == list(range(shown[0], 500))


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


async def test_regression_a_thread_that_falls_asleep_stays_open(discord: Simulator, window: Window) -> None:
    jonas, guild = await looking(window), discord.guild("Harbour Café")
    thread = await guild.member("jonas").starts_thread("recipes", in_channel="general")
    await jonas.get_by_role("button", name="recipes").click()
    await expect(jonas.get_by_role("heading", name="recipes", exact=True)).to_be_visible()
    await guild.owner.changes_channel(thread, archived=True)
    await expect(jonas.get_by_role("button", name="recipes")).to_have_count(0)
    await guild.owner.creates_channel("pier")
    await expect(jonas.get_by_role("button", name="pier")).to_be_visible()
    await expect(jonas.get_by_role("heading", name="recipes", exact=True)).to_be_visible()
    await guild.owner.deletes_channel("pier")
    await guild.owner.does("PATCH", f"/channels/{thread.id}", {"archived": False})
    await expect(jonas.get_by_role("button", name="recipes")).to_be_visible()


async def test_a_window_finds_its_way_in_another_world_on_the_same_port(chromium: Browser) -> None:
    async with Simulator() as first:
        seed(first)
        context = await chromium.new_context()
        page = await context.new_page()
        await page.goto(f"{first.page_url}?as=jonas&channel=random")
        await expect(said(page, "very large crab")).to_be_visible()
    await expect(page.get_by_role("status")).to_contain_text("No connection to the simulator")
    async with Simulator(port=first.port) as second:
        home = second.guild("Elsewhere")
        await home.member("jonas").says("a new world", channel="general", at_once=True)
        await expect(said(page, "a new world")).to_be_visible(timeout=10_000)
    await expect(page.get_by_role("status")).to_contain_text("No connection to the simulator")
    async with Simulator(port=first.port) as third:
        third.guild("Nowhere").member("priya")
        await expect(page.get_by_role("alert")).to_contain_text("there is no person", timeout=10_000)
        await page.get_by_role("button", name="Priya").click()
        await expect(page.get_by_role("heading", name="Nowhere")).to_be_visible()
    await context.close()
