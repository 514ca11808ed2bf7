"""The guided form of `/config edit`: pickers, typed values, two admins at once, rights that end, and the timeout."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.simulator import Person, ScriptedGuild
from guildbase.testing.plugin import StartGuildbase
from tests.strange_feature import SETTINGS, write_strange

pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.fixture
async def strange_bot(start_guildbase: StartGuildbase, tmp_path: Path) -> GuildbaseBot:
    return (await start_guildbase(features_dir=write_strange(tmp_path / "features"))).bot


@pytest.fixture
def admin(guild: ScriptedGuild, strange_bot: GuildbaseBot) -> Person:
    return guild.member("ada", roles=["Admin"])


async def stored(bot: GuildbaseBot, guild: ScriptedGuild) -> dict[str, object]:
    return dict((await bot.services.get(ConfigurationController).current(guild.id, "strange")).document)


async def test_every_kind_of_setting_has_its_picker(
    strange_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    role, first, second = guild.role("Greeters"), guild.channel("first"), guild.channel("second")
    form = await admin.slash("config edit", feature="strange")
    assert form.ephemeral
    assert "Whether it speaks." in (await form.select("is_on")).text
    assert "`is_on`: default → off" in (await form.click("Off")).text
    await form.select("is_on")
    await form.click("On")
    await form.select("mood")
    await form.select("loud")
    await form.select("colours")
    await form.select("red", "green")
    await form.select("role")
    assert f"<@&{role.id}>" in (await form.select(role)).text
    await form.select("channels")
    await form.select(first, second)
    await form.select("friend")
    await form.select(admin)
    assert await stored(strange_bot, guild) == {
        "is_on": True,
        "mood": "loud",
        "colours": ["red", "green"],
        "role": str(role.id),
        "channels": [str(first.id), str(second.id)],
        "friend": str(admin.id),
    }
    for key, button in (("role", "Nothing"), ("mood", "Default")):
        await form.select(key)
        await form.click(button)
    await form.select("channels")
    await form.select()
    after = await stored(strange_bot, guild)
    assert (after["role"], after["channels"], "mood" in after) == (None, [], False)
    assert "All is saved." in (await form.click("Done")).text
    assert form.components == []


async def test_other_values_are_typed_into_a_form_that_holds_the_present_one(
    strange_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    form = await admin.slash("config edit", feature="strange")
    typed = {
        "greeting": ("Good\nmorning", "Good\nmorning"),
        "limit": ("12", 12),
        "wait": ("2d", "2d"),
        "words": ("one\ntwo, three", ["one", "two, three"]),
        "table": ('{"a": 1}', {"a": 1}),
        "colour": ("#5865f2", 0x5865F2),
    }
    for key, (text, value) in typed.items():
        await form.select(key)
        entry = (await form.click("Type it")).modal
        assert entry is not None
        assert entry.title == key
        await entry.submit(value=text)
        assert (await stored(strange_bot, guild))[key] == value
    await form.select("words")
    entry = (await form.click("Type it")).modal
    assert entry is not None
    assert entry.fields[0].component["value"] == "one\ntwo, three"
    await entry.submit(value="")
    assert (await stored(strange_bot, guild))["words"] == []


async def test_a_reason_is_kept_with_what_is_changed_after_it(strange_bot: GuildbaseBot, admin: Person) -> None:
    form = await admin.slash("config edit", feature="strange")
    entry = (await form.click("Give a reason")).modal
    assert entry is not None
    assert "will give this reason" in (await entry.submit(value="a *quiet* week")).text
    await form.select("is_on")
    await form.click("Off")
    assert r"ada: a \*quiet\* week" in (await admin.slash("config history", feature="strange")).text


async def test_a_wrong_value_is_explained_and_the_form_goes_on(
    strange_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    form = await admin.slash("config edit", feature="strange")
    await form.select("limit")
    for wrong in ("999", "many", "\0", "x" * 4000, "@everyone"):
        entry = (await form.click("Type it")).modal
        assert entry is not None
        refused = await entry.submit(value=wrong)
        assert refused.ephemeral
        assert "That cannot be set" in refused.text
    assert await stored(strange_bot, guild) == {}
    assert "How often it speaks." in (await form.click("Back")).text
    await form.select("is_on")
    await form.click("Off")
    assert await stored(strange_bot, guild) == {"is_on": False}


async def test_of_two_admins_at_once_the_second_sees_what_the_first_did(
    strange_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    other = guild.member("grace", roles=["Admin"])
    first, second = (
        await admin.slash("config edit", feature="strange"),
        await other.slash("config edit", feature="strange"),
    )
    await first.select("is_on")
    await second.select("is_on")
    await second.click("Off")
    outrun = await first.click("On")
    assert "grace changed the settings of strange meanwhile. Nothing of yours was saved" in outrun.text
    assert "`is_on`: off\n" in outrun.text
    assert await stored(strange_bot, guild) == {"is_on": False}
    await first.select("is_on")
    await first.click("On")
    assert await stored(strange_bot, guild) == {"is_on": True}


async def test_rights_are_judged_anew_at_each_press(
    strange_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    form = await admin.slash("config edit", feature="strange")
    await form.select("is_on")
    await guild.owner.takes_role(admin, "Admin")
    assert "takes Manage Server" in (await form.click("Off")).text
    assert await stored(strange_bot, guild) == {}


async def test_a_feature_of_many_settings_has_pages(
    start_guildbase: StartGuildbase, guild: ScriptedGuild, tmp_path: Path
) -> None:
    many = "".join(f'    n{n}: str = Field("x" * 150, description="d" * 300)\n' for n in range(40))
    many += '    n40: tuple[RoleId, ...] = Field((), description="As many as you like.")\n'
    admin, role = guild.member("ada", roles=["Admin"]), guild.role("Greeters")
    await start_guildbase(features_dir=write_strange(tmp_path / "features", SETTINGS + many))
    form = await admin.slash("config edit", feature="strange")
    later = form
    while "`n20`" not in later.text:
        assert '"n20"' not in str(later.components)
        later = await form.click("More settings")
    await later.select("n20")
    entry = (await later.click("Type it")).modal
    assert entry is not None
    assert "`n20`: default" in (await entry.submit(value="y")).text
    while "`n40`" not in form.text:
        await form.click("More settings")
    await form.select("n40")
    entry = (await form.click("Type it")).modal
    assert entry is not None
    assert f"`n40`: default → <@&{role.id}>" in (await entry.submit(value="Greeters")).text
    shown = await admin.slash("config show", feature="strange")
    seen = shown.text
    for _ in range(20):
        seen += (await shown.click("Next")).text
        if "n39" in seen:
            break
    assert "`n39`" in seen
    assert "`greeting`" not in shown.text
    await shown.click("Back")
