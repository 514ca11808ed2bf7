"""A small bot of the kind that people write, with everything that the page can show."""

from __future__ import annotations

import discord
from discord import app_commands, ui
from discord.ext import commands

GAMES = ("Azul", "Carcassonne", "Catan", "Chess", "Go", "Ticket to Ride")
DAYS = ("Friday", "Saturday", "Sunday")


class Report(ui.Modal, title="Report a problem"):
    what: ui.TextInput[Report] = ui.TextInput(label="What happened?", placeholder="In a few words")
    how: ui.TextInput[Report] = ui.TextInput(
        label="How can we see it?", style=discord.TextStyle.paragraph, required=False
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"Noted: **{self.what.value}**", ephemeral=True)


class Evening(ui.View):
    """The buttons under a planned evening."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @ui.button(label="Join", style=discord.ButtonStyle.success, emoji="🎲", custom_id="join")
    async def join(self, interaction: discord.Interaction, _: ui.Button[Evening]) -> None:
        assert interaction.message is not None
        embed = interaction.message.embeds[0]
        embed.set_field_at(1, name="Joined", value=interaction.user.mention)
        await interaction.response.edit_message(embed=embed, view=self)

    @ui.button(label="Details", style=discord.ButtonStyle.secondary, custom_id="details")
    async def details(self, interaction: discord.Interaction, _: ui.Button[Evening]) -> None:
        await interaction.response.send_message("Bring your own **dice**. Doors open at seven.", ephemeral=True)

    @ui.button(label="Report", style=discord.ButtonStyle.danger, custom_id="report")
    async def report(self, interaction: discord.Interaction, _: ui.Button[Evening]) -> None:
        await interaction.response.send_modal(Report())

    @ui.select(
        placeholder="Choose a table",
        custom_id="table",
        options=[
            discord.SelectOption(label="Window", description="With a view of the harbour", emoji="🌊"),
            discord.SelectOption(label="Corner", description="Quiet", emoji="🕯️"),
        ],
    )
    async def table(self, interaction: discord.Interaction, chosen: ui.Select[Evening]) -> None:
        await interaction.response.send_message(f"The {chosen.values[0].lower()} table it is.", ephemeral=True)


class GameNight(commands.AutoShardedBot):
    def __init__(self) -> None:
        super().__init__(command_prefix="!", intents=discord.Intents.all(), guild_ready_timeout=0.05)
        self.tree.add_command(plan)
        self.tree.add_command(slow)
        self.tree.add_command(silent)
        self.tree.add_command(quote)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Skip the five seconds that the stock hook sleeps."""

    async def setup_hook(self) -> None:
        self.add_view(Evening())
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        if message.author.bot:
            return
        if message.guild is None:
            await message.channel.send(f"You wrote: {message.content}")
        elif message.content == "!rules":
            await message.channel.send(
                "## House rules\n- Be **kind**\n- ~~No~~ dice on the floor\n> Have fun, `everyone`"
            )


@app_commands.command(description="Plan a game night")
@app_commands.describe(game="What is played", day="When", host="Who brings it", seats="How many can play")
@app_commands.choices(day=[app_commands.Choice(name=it, value=it) for it in DAYS])
async def plan(
    interaction: discord.Interaction,
    game: str,
    day: str,
    host: discord.Member | None = None,
    seats: app_commands.Range[int, 2, 12] = 4,
) -> None:
    embed = discord.Embed(
        title=f"{game} on {day}",
        description=f"Hosted by {(host or interaction.user).mention}. *Everyone is welcome*, even if it is new to you.",
        color=0x3A9D8F,
    )
    for name, value in (("Seats", str(seats)), ("Joined", "nobody yet"), ("Where", "Window table")):
        embed.add_field(name=name, value=value)
    embed.set_footer(text="Planned with /plan")
    await interaction.response.send_message(embed=embed, view=Evening())


@plan.autocomplete("game")
async def games(_: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=it, value=it) for it in GAMES if current.lower() in it.lower()]


@app_commands.command(description="Answer when the test says so")
async def slow(interaction: discord.Interaction) -> None:
    await interaction.response.defer()
    await interaction.client.wait_for("go_on")
    await interaction.followup.send("That took a while.")


@app_commands.command(description="Never answer")
async def silent(_: discord.Interaction) -> None:
    """Leave the person waiting."""


@app_commands.context_menu(name="Quote")
async def quote(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"> {message.content}", ephemeral=True)
