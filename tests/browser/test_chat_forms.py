"""Fields of every kind in forms, files in commands, and what the menus of messages do."""

from __future__ import annotations

from typing import Any

import discord as discord_py
from discord import app_commands, ui
from playwright.async_api import FilePayload, expect

from guildbase.simulator import Simulator
from tests.browser.bot import GameNight
from tests.browser.conftest import Window
from tests.browser.test_chat_page import said

NOTE: FilePayload = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"dear diary"}
SIZES = ("Small", "Large")
EXTRAS = ("Bread", "Salt", "Pepper")


class Order(ui.Modal, title="Order"):
    size: ui.Label[Order] = ui.Label(
        text="Size", component=ui.RadioGroup(options=[discord_py.RadioGroupOption(label=it) for it in SIZES])
    )
    extras: ui.Label[Order] = ui.Label(
        text="Extras",
        component=ui.CheckboxGroup(
            options=[discord_py.CheckboxGroupOption(label=it) for it in EXTRAS], max_values=2, required=False
        ),
    )
    takeaway: ui.Label[Order] = ui.Label(text="To take away", component=ui.Checkbox())
    guests: ui.Label[Order] = ui.Label(text="Guests", component=ui.UserSelect(max_values=2, required=False))
    recipe: ui.Label[Order] = ui.Label(text="Recipe", component=ui.FileUpload(required=False))

    async def on_submit(self, interaction: discord_py.Interaction) -> None:
        size, extras, takeaway, guests, recipe = (_field(it) for it in self.children)
        files = [(await it.read()).decode() for it in recipe.values]
        names = [it.name for it in guests.values]
        answer = f"{size.value}, {sorted(extras.values)}, {takeaway.value}, {names}, {files}"
        await interaction.response.send_message(answer, ephemeral=True)


def _field(label: Any) -> Any:
    return label.component


@app_commands.command(description="Order soup")
async def order(interaction: discord_py.Interaction) -> None:
    await interaction.response.send_modal(Order())


@app_commands.command(description="Hand in a file")
async def hand_in(interaction: discord_py.Interaction, file: discord_py.Attachment, title: str = "untitled") -> None:
    await interaction.response.send_message(f"{title}: {(await file.read()).decode()} in {file.filename}")


async def test_regression_commands_that_the_bot_adds_are_offered_at_once(bot: GameNight, window: Window) -> None:
    jonas = await window("jonas", channel="general")
    await expect(said(jonas, "Count me in.")).to_be_visible()
    bot.tree.add_command(hand_in)
    await bot.tree.sync()
    await jonas.locator("#write").press_sequentially("/hand")
    await jonas.get_by_role("option", name="/hand_in").click()
    await jonas.get_by_label("file: …").set_input_files([NOTE])
    await jonas.get_by_role("button", name="Add the option title").click()
    await jonas.keyboard.type("Monday")
    await jonas.keyboard.press("Enter")
    await expect(said(jonas, "Monday: dear diary in note.txt")).to_be_visible()


async def test_a_form_with_fields_of_every_kind(bot: GameNight, window: Window) -> None:
    bot.tree.add_command(order)
    await bot.tree.sync()
    jonas = await window("jonas", channel="general")
    await expect(said(jonas, "Count me in.")).to_be_visible()
    await jonas.locator("#write").press_sequentially("/order ")
    await jonas.keyboard.press("Enter")
    form = jonas.get_by_role("dialog", name="Order")
    await form.get_by_role("button", name="Submit").click()
    await expect(form.get_by_role("alert")).to_contain_text("Size")
    await form.get_by_label("Large").check()
    for extra in EXTRAS:
        await form.get_by_label(extra).check()
    await form.get_by_role("button", name="Submit").click()
    await expect(form.get_by_role("alert")).to_contain_text("<Extras: Bread | Salt | Pepper> takes 1 to 2 choices")
    await form.get_by_label("Pepper").uncheck()
    await form.get_by_label("To take away").check()
    await form.get_by_role("button", name="Guests").click()
    await form.get_by_role("option", name="Priya").click()
    await form.get_by_role("button", name="Done").click()
    await form.get_by_label("Recipe").set_input_files([NOTE])
    await form.get_by_role("button", name="Submit").click()
    await expect(said(jonas, "Large")).to_contain_text("Large, ['Bread', 'Salt'], True, ['priya'], ['dear diary']")


async def test_messages_are_pinned_from_their_menu(discord: Simulator, bot: GameNight, window: Window) -> None:
    jonas = await window("jonas", channel="general")
    await said(jonas, "Count me in.").click(button="right")
    await jonas.get_by_role("menuitem", name="Pin", exact=True).press("Enter")
    await expect(said(jonas, "Jonas pinned a message")).to_be_visible()
    await said(jonas, "Count me in.").click(button="right")
    await jonas.get_by_role("menuitem", name="Unpin").press("Enter")
    await said(jonas, "Count me in.").click(button="right")
    await expect(jonas.get_by_role("menuitem", name="Pin", exact=True)).to_be_visible()


@app_commands.command(description="Greet somebody")
async def greet(interaction: discord_py.Interaction, who: discord_py.Member) -> None:
    await interaction.response.send_message(f"Hello {who.name}!")


async def test_regression_who_types_fast_picks_what_fits_all_letters(bot: GameNight, window: Window) -> None:
    bot.tree.add_command(greet)
    await bot.tree.sync()
    jonas = await window("jonas", channel="general")
    await expect(said(jonas, "Count me in.")).to_be_visible()
    for name in ("priya", "tomas", "mara", "femi"):
        await jonas.locator("#write").press_sequentially("/greet ")
        await expect(jonas.get_by_role("option", name="Aiko")).to_be_visible()
        # All keys come within one task of the page, before any answer of the simulator can.
        await jonas.get_by_label("who: …").evaluate(
            """(field, name) => {
              field.value = name;
              field.dispatchEvent(new InputEvent("input", { bubbles: true }));
              field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
            }""",
            name,
        )
        await jonas.keyboard.press("Enter")
        await expect(said(jonas, f"Hello {name}!")).to_be_visible()
