from __future__ import annotations

from tests.simulator.conformance.pictures import PNG
from tests.simulator.conformance.walk import Walk, answers

_STICKERS = "/guilds/{guild_id}/stickers"
_ONE = _STICKERS + "/{sticker_id}"


@answers(
    "create_guild_sticker",
    "list_guild_stickers",
    "get_guild_sticker",
    "get_sticker",
    "update_guild_sticker",
    "delete_guild_sticker",
)
async def stickers(walk: Walk) -> None:
    file = {"file": ("hi.png", PNG, "image/png")}
    fields = {"name": "Hi", "tags": "wave", "description": ""}
    made = await walk.call("POST", _STICKERS, files=file, fields=fields)
    assert (made["name"], made["format_type"], made["description"]) == ("Hi", 1, None)
    assert [it["id"] for it in await walk.call("GET", _STICKERS)] == [made["id"]]
    changed = await walk.call("PATCH", _ONE, {"description": "A greeting"}, sticker_id=made["id"])
    assert changed["description"] == "A greeting"
    assert await walk.call("GET", _ONE, sticker_id=made["id"]) == changed
    assert (await walk.call("GET", "/stickers/{sticker_id}", sticker_id=made["id"]))["name"] == "Hi"
    await walk.call("DELETE", _ONE, sticker_id=made["id"])
    assert (await walk.call("GET", _ONE, sticker_id=made["id"], expect=404))["code"] == 10060


@answers("list_sticker_packs", "get_sticker_pack")
async def packs(walk: Walk) -> None:
    packs = (await walk.call("GET", "/sticker-packs"))["sticker_packs"]
    assert await walk.call("GET", "/sticker-packs/{pack_id}", pack_id=packs[0]["id"]) == packs[0]
    sticker = packs[0]["stickers"][0]
    assert await walk.call("GET", "/stickers/{sticker_id}", sticker_id=sticker["id"]) == sticker
    assert (await walk.call("GET", "/sticker-packs/{pack_id}", pack_id=1, expect=404))["code"] == 10061
