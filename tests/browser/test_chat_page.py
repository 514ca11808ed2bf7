"""Two people chat with a bot in two windows of a real browser, mostly by the keyboard."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import discord as discord_py
from discord import ui
from playwright.async_api import Locator, Page, expect

from guildbase.simulator import Simulator
from guildbase.simulator.cdn import drawn
from guildbase.testing.plugin import StartGuildbase
from tests.browser.bot import GameNight
from tests.browser.conftest import Window, playing


async def write(page: Page, text: str) -> None:
    field = page.get_by_role("combobox", name=re.compile("^Message"))
    await field.fill(text)
    await field.press("Enter")


def said(page: Page, text: str | re.Pattern[str]) -> Locator:
    return page.get_by_role("log").get_by_role("listitem").filter(has_text=text)


async def plan_catan(page: Page) -> None:
    """Use /plan by the keyboard alone, with suggestions of the bot and of the command."""
    await page.locator("#write").press_sequentially("/pl")
    await expect(page.get_by_role("option", name="/plan")).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Tab")
    await page.keyboard.type("cat")
    await expect(page.get_by_role("option")).to_have_text(["Catan"])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("option")).to_have_text(["Friday", "Saturday", "Sunday"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")


async def test_people_choose_who_they_are_and_see_each_other_live(bot: GameNight, window: Window) -> None:
    jonas, priya = await window(), await window("priya")
    await expect(jonas.get_by_text("Guildbase is connected")).to_be_visible()
    await jonas.get_by_role("button", name="Jonas").click()
    await expect(said(jonas, "Count me in.")).to_be_visible()

    await write(jonas, "Hello **Priya** <script>alert(1)</script>")
    here = said(priya, "Hello Priya <script>alert(1)</script>")
    await expect(here.locator("strong")).to_have_text("Priya")
    await priya.locator("#write").press_sequentially("hm")
    await expect(jonas.get_by_text("Priya is typing")).to_be_visible()

    await here.hover()
    await here.get_by_role("button", name="Add reaction").click()
    await priya.get_by_role("button", name="🎉").click()
    await expect(said(jonas, "Hello").get_by_role("button", name="🎉, 1 reaction")).to_have_attribute(
        "aria-pressed", "false"
    )
    await expect(here.get_by_role("button", name="🎉, 1 reaction")).to_have_attribute("aria-pressed", "true")

    await write(jonas, "!rules")
    await expect(said(priya, "House rules").get_by_role("heading")).to_have_text("House rules")


async def test_a_command_with_suggestions_buttons_a_menu_and_a_form(bot: GameNight, window: Window) -> None:
    jonas, priya = await window("jonas", channel="general"), await window("priya", channel="general")
    await expect(said(priya, "Count me in.")).to_be_visible()
    await expect(said(jonas, "Count me in.")).to_be_visible()
    await plan_catan(jonas)
    evening = said(priya, "Catan on Saturday")
    await expect(evening).to_contain_text("Jonas used /plan")
    await evening.get_by_role("button", name="Join").click()
    await expect(said(jonas, "Catan on Saturday")).to_contain_text("@Priya")

    await evening.get_by_role("button", name="Details").click()
    await expect(said(priya, "Bring your own dice")).to_contain_text("Only you can see this")
    await expect(said(jonas, "Bring your own dice")).to_have_count(0)
    await priya.get_by_role("button", name="Dismiss").click()
    await expect(said(priya, "Bring your own dice")).to_have_count(0)

    await evening.get_by_role("button", name="Choose a table").click()
    await priya.keyboard.press("ArrowDown")
    await priya.keyboard.press("Enter")
    await expect(said(priya, "The corner table it is.")).to_be_visible()

    await evening.get_by_role("button", name="Report").click()
    form = priya.get_by_role("dialog", name="Report a problem")
    await form.get_by_label("What happened?").fill("The dice are gone")
    for _ in range(6):
        await priya.keyboard.press("Tab")
        await expect(form.locator(":focus")).to_have_count(1)
    await form.get_by_role("button", name="Submit").click()
    await expect(said(priya, "Noted: The dice are gone")).to_be_visible()
    await expect(form).to_have_count(0)


async def test_what_others_do_does_not_disturb(discord: Simulator, bot: GameNight, window: Window) -> None:
    jonas = await window("jonas", channel="general")
    await expect(said(jonas, "Count me in.")).to_be_visible()
    await jonas.locator("#write").press_sequentially("/plan ")
    await jonas.keyboard.type("Chess clock")
    discord.guild("Harbour Café").member("newcomer")
    await expect(jonas.get_by_role("button", name="Newcomer, online")).to_be_visible()
    await expect(jonas.get_by_label("game: What is played")).to_be_focused()
    await jonas.keyboard.press("Escape")
    await jonas.keyboard.press("Escape")
    await expect(jonas.get_by_label("game: What is played")).to_have_count(0)
    await jonas.get_by_role("button", name="random").focus()
    discord.guild("Harbour Café").member("another")
    await expect(jonas.get_by_role("button", name="Another, online")).to_be_visible()
    await expect(jonas.get_by_role("button", name="random")).to_be_focused()


async def test_slow_answers_silence_and_context_menus(discord: Simulator, bot: GameNight, window: Window) -> None:
    jonas = await window("jonas", channel="general")
    await expect(said(jonas, "Count me in.")).to_be_visible()
    await jonas.locator("#write").press_sequentially("/slow ")
    await jonas.keyboard.press("Enter")
    await expect(said(jonas, "is thinking")).to_be_visible()
    bot.dispatch("go_on")
    await expect(said(jonas, "That took a while.")).to_be_visible()
    await expect(said(jonas, "is thinking")).to_have_count(0)

    await jonas.locator("#write").press_sequentially("/silent ")
    await jonas.keyboard.press("Enter")
    await expect(said(jonas, "The application did not respond")).to_be_visible()

    await said(jonas, "Count me in.").focus()
    await jonas.keyboard.press("Enter")
    await jonas.get_by_role("menuitem", name="Quote").press("Enter")
    await expect(said(jonas, "Only you can see this").locator("blockquote")).to_have_text("Count me in.")


async def test_own_messages_are_edited_replied_to_and_deleted(bot: GameNight, window: Window) -> None:
    jonas, priya = await window("jonas", channel="general"), await window("priya", channel="general")
    await expect(said(priya, "Count me in.")).to_be_visible()
    await write(jonas, "Half past sevn")
    await expect(said(priya, "Half past sevn")).to_be_visible()
    await jonas.locator("#write").press("ArrowUp")
    await jonas.get_by_role("textbox", name="Edit the message").fill("Half past six")
    await jonas.keyboard.press("Enter")
    await expect(said(priya, "Half past six")).to_contain_text("(edited)")

    await said(priya, "Half past six").focus()
    await priya.keyboard.press("r")
    await expect(priya.get_by_text("Replying to Jonas")).to_be_visible()
    await write(priya, "Perfect")
    await expect(said(jonas, "Perfect").locator(".reply-line")).to_contain_text("Half past six")

    await said(jonas, re.compile("Half past six.*edited")).click(button="right")
    await jonas.get_by_role("menuitem", name="Delete").click()
    await expect(said(priya, "Perfect")).to_contain_text("The original message was deleted")


class Layout(ui.LayoutView):
    """A message of layout components."""

    def __init__(self) -> None:
        super().__init__()
        vote: ui.Button[Layout] = ui.Button(label="Vote", custom_id="vote")
        who: ui.UserSelect[Layout] = ui.UserSelect(custom_id="who", placeholder="Who?", max_values=2)
        gallery: ui.MediaGallery[Layout] = ui.MediaGallery(
            discord_py.MediaGalleryItem("attachment://map.png", spoiler=True)
        )
        self.add_item(
            ui.Container(
                ui.Section(ui.TextDisplay("### Menu\nSoup of the **day**"), accessory=vote),
                ui.Separator(),
                gallery,
                ui.ActionRow(who),
                accent_colour=0x5FB3A1,
            )
        )


async def test_all_that_a_bot_can_send_is_drawn(discord: Simulator, bot: GameNight, window: Window) -> None:
    guild = next(it for it in bot.guilds if it.name == "Harbour Café")
    general = discord_py.utils.get(guild.text_channels, name="general")
    assert general is not None
    jonas = await window("jonas", channel="general")
    await expect(said(jonas, "Count me in.")).to_be_visible()
    picture = drawn(3).data

    await general.send(view=Layout(), file=discord_py.File(io.BytesIO(picture), "map.png"))
    await expect(said(jonas, "Soup of the day").get_by_role("heading", name="Menu")).to_be_visible()
    await jonas.get_by_role("button", name="Spoiler").click()
    await expect(said(jonas, "Soup").locator("img.picture")).to_have_js_property("naturalWidth", 128)
    await jonas.get_by_role("button", name="Who?").click()
    await jonas.get_by_role("searchbox").fill("pri")
    await jonas.get_by_role("option", name="Priya").click()
    await expect(jonas.get_by_role("button", name="Done")).to_be_enabled()
    await jonas.keyboard.press("Escape")

    poll = discord_py.Poll(question="Which soup?", duration=timedelta(hours=1))
    await general.send(poll=poll.add_answer(text="Tomato", emoji="🍅").add_answer(text="Leek"))
    await jonas.get_by_role("button", name="Tomato").click()
    await expect(jonas.get_by_role("button", name="Tomato")).to_have_attribute("aria-pressed", "true")
    await expect(said(jonas, "Which soup?")).to_contain_text("1 vote")

    hook = await general.create_webhook(name="Harbour news")
    await hook.send("The ferry is late", username="Ferry", wait=True)
    await expect(said(jonas, "The ferry is late")).to_contain_text("FerryAPP")
    await general.send("For the list", file=discord_py.File(io.BytesIO(b"soup"), "list.txt"), silent=True)
    await expect(said(jonas, "For the list").get_by_role("link")).to_contain_text("list.txt")
    thread = await (await general.send("Recipes?")).create_thread(name="recipes")
    await jonas.get_by_role("button", name="recipes").click()
    await thread.send("Start with an onion")
    await expect(said(jonas, "Start with an onion")).to_be_visible()


async def test_private_conversations_and_other_places(bot: GameNight, window: Window) -> None:
    jonas = await window("jonas", channel="general")
    await expect(said(jonas, "Count me in.")).to_be_visible()
    await jonas.get_by_role("button", name="Direct messages").first.click()
    await expect(jonas.get_by_role("heading", name="Guildbase").first).to_be_visible()
    await write(jonas, "psst")
    await expect(said(jonas, "You wrote: psst")).to_be_visible()
    await jonas.keyboard.press("Control+k")
    await jonas.keyboard.type("rand")
    await expect(jonas.get_by_role("option").first).to_contain_text("random")
    await jonas.keyboard.press("Enter")
    await expect(said(jonas, "very large crab")).to_be_visible()
    priya = await window("priya", channel="general")
    await write(jonas, "over here")
    await expect(priya.get_by_role("button", name="random")).to_have_class(re.compile("unread"))


async def test_the_page_comes_back_after_a_break(discord: Simulator, window: Window) -> None:
    async with playing(discord):
        priya = await window("priya", channel="general")
        await expect(said(priya, "Count me in.")).to_be_visible()
        jonas = discord.guild("Harbour Café").member("jonas")
        async with priya.expect_event("websocket"):
            await discord._chat.close()
            await jonas.says("while you were away", at_once=True)
        await expect(said(priya, "while you were away")).to_be_visible()
        await jonas.says("and now", at_once=True)
        await expect(said(priya, "and now")).to_be_visible()
    await expect(priya.get_by_role("status")).to_contain_text("is not connected")


async def test_guildbases_own_bot_warns_a_member(
    start_guildbase: StartGuildbase, discord: Simulator, window: Window
) -> None:
    await start_guildbase()
    jonas = await window("jonas", server="Harbour Café", channel="general")
    priya = await window("priya", server="Harbour Café", channel="general")
    await expect(said(priya, "Count me in.")).to_be_visible()
    await expect(said(jonas, "Count me in.")).to_be_visible()
    await jonas.locator("#write").press_sequentially("/warn")
    await expect(jonas.get_by_role("option", name="/warn Warn a member")).to_have_attribute("aria-selected", "true")
    await jonas.keyboard.press("Enter")
    await jonas.keyboard.type("pri")
    await jonas.keyboard.press("Enter")
    await expect(jonas.get_by_label(re.compile("^user: "))).to_have_value("Priya")
    await jonas.keyboard.type("spam")
    await expect(jonas.get_by_role("option")).to_have_text(["spam"])  # The bot suggests what is typed, too.
    await jonas.keyboard.press("Enter")
    await jonas.keyboard.press("Enter")
    await expect(said(jonas, "Case #1")).to_contain_text("Only you can see this")
    await priya.get_by_role("button", name="Direct messages").first.click()
    await expect(said(priya, "spam")).to_be_visible()
