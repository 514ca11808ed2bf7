from __future__ import annotations

from io import BytesIO
from typing import Any

import discord
import pytest

from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.simulator.world import interactions
from guildbase.simulator.world.entities import CallbackType, InteractionType

_V2 = 1 << 15


def _button(**changes: Any) -> dict[str, Any]:
    button = {"type": 2, "style": 1, "label": "Press", "custom_id": "press"} | changes
    return {name: it for name, it in button.items() if it is not None}


def _menu(**changes: Any) -> dict[str, Any]:
    return {"type": 3, "custom_id": "pick", "options": [{"label": "A", "value": "a"}]} | changes


def _row(*parts: Any) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


def _text(content: str = "text") -> dict[str, Any]:
    return {"type": 10, "content": content}


def _codes(tree: Any, path: str = "") -> dict[str, str]:
    """Return the code at each blamed path, such as {"components.0.type": "UNION_TYPE_CHOICES"}."""
    found: dict[str, str] = {}
    for name, it in tree.items():
        if name == "_errors":
            found[path] = it[0]["code"]
        else:
            found |= _codes(it, f"{path}.{name}".lstrip("."))
    return found


_OPTION = {"label": "A", "value": "a"}
_IN_ROW = "components.0.components"
_FIELD = "data.components.0.component"


@pytest.mark.parametrize(
    ("components", "path", "code"),
    [
        ([_row()], _IN_ROW, "BASE_TYPE_MIN_LENGTH"),
        ([_row(*[_button(custom_id=str(it)) for it in range(6)])], _IN_ROW, "BASE_TYPE_MAX_LENGTH"),
        ([_row(_button(), _menu())], _IN_ROW, "COMPONENT_LAYOUT_WIDTH_EXCEEDED"),
        ([_row(_button(), _button())], f"{_IN_ROW}.1.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"),
        ([_row(_button(custom_id="x" * 101))], f"{_IN_ROW}.0.custom_id", "BASE_TYPE_MAX_LENGTH"),
        ([_row(_button(custom_id=None))], f"{_IN_ROW}.0.custom_id", "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED"),
        ([_row(_button(style=7))], f"{_IN_ROW}.0.style", "NUMBER_TYPE_MAX"),
        ([_row(_button(label=None))], f"{_IN_ROW}.0.label", "BASE_TYPE_REQUIRED"),
        ([_row(_button(label="x" * 81))], f"{_IN_ROW}.0.label", "BASE_TYPE_MAX_LENGTH"),
        ([_row(_button(style=5, custom_id=None))], f"{_IN_ROW}.0.url", "BUTTON_COMPONENT_URL_REQUIRED"),
        ([_row(_button(style=5, custom_id=None, url="x"))], f"{_IN_ROW}.0.url", "URL_TYPE_INVALID_URL"),
        ([_row(_button(style=5, custom_id=None, url="ftp://x"))], f"{_IN_ROW}.0.url", "URL_TYPE_INVALID_SCHEME"),
        (
            [_row(_button(style=5, url="https://x.example"))],
            f"{_IN_ROW}.0.custom_id",
            "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
        ),
        ([_row(_button(style=6, custom_id=None))], f"{_IN_ROW}.0.sku_id", "BUTTON_COMPONENT_SKU_ID_REQUIRED"),
        ([_row(_button(emoji={"name": "smile"}))], f"{_IN_ROW}.0.emoji.name", "COMPONENT_INVALID_EMOJI"),
        ([_row(_menu(options=[]))], f"{_IN_ROW}.0.options", "BASE_TYPE_MIN_LENGTH"),
        (
            [_row(_menu(options=[_OPTION, _OPTION]))],
            f"{_IN_ROW}.0.options.1",
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
        ),
        ([_row(_menu(max_values=2))], f"{_IN_ROW}.0.options", "BASE_TYPE_BAD_LENGTH"),
        ([_row(_menu(min_values=2, max_values=1))], f"{_IN_ROW}.0.max_values", "NUMBER_TYPE_MIN"),
        ([_row(_menu(max_values=26))], f"{_IN_ROW}.0.max_values", "NUMBER_TYPE_MAX"),
        (
            [_row({"type": 5, "custom_id": "u", "default_values": [{"id": "1", "type": "role"}]})],
            f"{_IN_ROW}.0.default_values",
            "SELECT_COMPONENT_INVALID_DEFAULT_VALUE",
        ),
        ([_row({"type": 4})], f"{_IN_ROW}.0.type", "UNION_TYPE_CHOICES"),
        ([{"type": 99}], "components.0.type", "UNION_TYPE_CHOICES"),
        ([{}], "components.0.type", "BASE_TYPE_REQUIRED"),
        ([_text()], "components.0.type", "UNION_TYPE_CHOICES"),
        ([_row(_button(custom_id=str(it))) for it in range(6)], "components", "BASE_TYPE_BAD_LENGTH"),
    ],
)
async def test_components_that_no_message_can_hold(
    guild: ScriptedGuild, api: Any, components: Any, path: str, code: str
) -> None:
    where = f"/channels/{guild.channel('general').id}/messages"
    status, body, _ = await api("POST", where, {"content": "x", "components": components})
    assert (status, body["code"], _codes(body["errors"])) == (400, 50035, {path: code})
    assert guild.messages() == []


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"content": "x"}, "content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"),
        ({"embeds": [{"title": "x"}]}, "embeds", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"),
        ({"components": [_text()] * 41}, "components", "BASE_TYPE_MAX_LENGTH"),
        (
            {"components": [{"type": 17, "components": [_text()] * 39}, _text()]},
            "components",
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
        ),
        ({"components": [_text("x" * 2001)] * 2}, "components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"),
        ({"components": [_text("")]}, "components.0.content", "BASE_TYPE_MIN_LENGTH"),
        (
            {"components": [{"type": 17, "components": [{"type": 17, "components": [_text()]}]}]},
            "components.0.components.0.type",
            "UNION_TYPE_CHOICES",
        ),
        (
            {"components": [{"type": 9, "components": [_text()] * 4, "accessory": _button()}]},
            "components.0.components",
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            {"components": [{"type": 9, "components": [_text()]}]},
            "components.0.accessory",
            "BASE_TYPE_REQUIRED",
        ),
        (
            {"components": [{"type": 12, "items": [{"media": {"url": "attachment://no.png"}}]}]},
            "components.0.items.0.media.url",
            "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
        ),
        (
            {"components": [{"type": 13, "file": {"url": "https://x.example/a"}}]},
            "components.0.file.url",
            "URL_TYPE_INVALID_SCHEME",
        ),
    ],
)
async def test_layouts_that_no_message_can_hold(
    guild: ScriptedGuild, api: Any, body: Any, path: str, code: str
) -> None:
    where = f"/channels/{guild.channel('general').id}/messages"
    status, answer, _ = await api("POST", where, body | {"flags": _V2})
    assert (status, _codes(answer["errors"])) == (400, {path: code})


class Layout(discord.ui.LayoutView):
    """Everything a layout can hold."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        picture: discord.ui.Thumbnail[Any] = discord.ui.Thumbnail("https://x.example/a.png", description="A picture")
        gallery: discord.ui.MediaGallery[Any] = discord.ui.MediaGallery(
            discord.MediaGalleryItem("attachment://b.png", spoiler=True)
        )
        self.add_item(discord.ui.Section("Beside a picture", accessory=picture))
        box = discord.ui.Container(
            discord.ui.TextDisplay("In a box"),
            discord.ui.Separator(spacing=discord.SeparatorSpacing.large),
            gallery,
            discord.ui.File("attachment://c.txt"),
            accent_colour=discord.Colour.red(),
        )
        row: discord.ui.ActionRow[Any] = discord.ui.ActionRow()
        row.add_item(discord.ui.Button(label="Press", custom_id="in-a-box"))
        box.add_item(row)
        self.add_item(box)


async def test_a_layout_comes_back_whole(guild: ScriptedGuild, general: discord.TextChannel, api: Any) -> None:
    files = [discord.File(BytesIO(b"png"), "b.png"), discord.File(BytesIO(b"text"), "c.txt")]
    sent = await general.send(view=Layout(), files=files)
    assert sent.flags.components_v2
    section, box = sent.components
    assert isinstance(section, discord.SectionComponent)
    assert isinstance(box, discord.Container)
    assert isinstance(section.accessory, discord.ThumbnailComponent)
    assert section.accessory.description == "A picture"
    assert box.accent_colour == discord.Colour.red()
    gallery = next(it for it in box.children if isinstance(it, discord.MediaGalleryComponent))
    assert gallery.items[0].spoiler
    assert gallery.items[0].media.url.startswith("http")
    file = next(it for it in box.children if isinstance(it, discord.FileComponent))
    assert (file.name, file.size) == ("c.txt", 4)
    assert (section.id, box.id) == (1, 4)
    path = f"/channels/{general.id}/messages/{sent.id}"
    status, body, _ = await api("PATCH", path, {"content": "x"})
    assert (status, list(body["errors"])) == (400, ["content"])
    assert (await api("PATCH", path, {"components": [_text("other")]}))[0] == 200
    assert (await api("PATCH", path, {"components": [], "attachments": []}))[1]["code"] == 50006


def _modal(*components: Any, **changes: Any) -> dict[str, Any]:
    return {"type": 9, "data": {"custom_id": "m", "title": "T", "components": list(components)} | changes}


def _label(component: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"type": 18, "label": "Field", "component": component} | changes


def _input(**changes: Any) -> dict[str, Any]:
    return {"type": 4, "custom_id": "why", "style": 1} | changes


@pytest.mark.parametrize(
    ("modal", "path", "code"),
    [
        (_modal(), "data.components", "BASE_TYPE_MIN_LENGTH"),
        (_modal(*[_label(_input(custom_id=str(it))) for it in range(6)]), "data.components", "BASE_TYPE_MAX_LENGTH"),
        (_modal(_label(_input()), title=""), "data.title", "BASE_TYPE_MIN_LENGTH"),
        (_modal(_label(_input()), title="x" * 46), "data.title", "BASE_TYPE_MAX_LENGTH"),
        (_modal(_label(_input()), custom_id=None), "data.custom_id", "STRING_TYPE_CONVERT"),
        (
            _modal(_label(_input()), _label(_input())),
            "data.components.1.component.custom_id",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        (_modal(_row(_input())), "data.components.0.components.0.label", "BASE_TYPE_REQUIRED"),
        (_modal(_label(_input(label="L"))), f"{_FIELD}.label", "TEXT_INPUT_LABEL_NOT_ALLOWED"),
        (_modal(_label(_input(min_length=9, max_length=3))), f"{_FIELD}.max_length", "NUMBER_TYPE_MIN"),
        (_modal(_label(_input(max_length=3, value="four"))), f"{_FIELD}.value", "BASE_TYPE_MAX_LENGTH"),
        (_modal(_label(_button())), f"{_FIELD}.type", "UNION_TYPE_CHOICES"),
        (_modal(_button()), "data.components.0.type", "UNION_TYPE_CHOICES"),
        (
            _modal(_label({"type": 21, "custom_id": "r", "options": [_OPTION]})),
            f"{_FIELD}.options",
            "BASE_TYPE_MIN_LENGTH",
        ),
        (_modal(_label({"type": 19, "custom_id": "f", "max_values": 11})), f"{_FIELD}.max_values", "NUMBER_TYPE_MAX"),
    ],
)
async def test_forms_that_nobody_can_fill_in(
    sim: Simulator, guild: ScriptedGuild, api: Any, modal: Any, path: str, code: str
) -> None:
    command = {"id": "5", "name": "x", "type": 1}
    started = interactions.start(
        sim.world,
        InteractionType.COMMAND,
        guild.member("ada").user,
        guild.channel("general"),
        command,
        name="/x",
    )
    callback = f"/interactions/{started.id}/{started.token}/callback"
    status, body, _ = await api("POST", callback, modal)
    assert (status, _codes(body["errors"])) == (400, {path: code})
    assert not sim.world.interactions[started.token].callback
    kinds = [
        _label(_input()),
        _label(_menu(required=False)),
        _label({"type": 8, "custom_id": "c", "channel_types": [0]}),
        _label({"type": 19, "custom_id": "f"}),
        _text(),
    ]
    assert (await api("POST", callback, _modal(*kinds)))[0] == 204
    assert sim.world.interactions[started.token].callback == CallbackType.MODAL
    assert [it["id"] for it in started.callback_data["components"]] == [1, 3, 5, 7, 9]
