"""Pictures and files that embeds and components name, either by URL or as an upload of their own message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json, invalid_form
from guildbase.simulator.world.entities import Attachment
from guildbase.simulator.world.state import World

_SCHEME = "attachment://"
_THUMBNAIL, _GALLERY, _FILE, _CONTAINER = 11, 12, 13, 17


@dataclass(slots=True)
class Media:
    """The uploads of a message, put in place of their names."""

    world: World
    uploads: list[Attachment]

    def fill_embeds(self, embeds: list[Json]) -> set[int]:
        """Give pictures of the embeds their URLs; return the ids of the uploads that are shown so."""
        used = set()
        for part, key in _pictures(embeds):
            if part[key].startswith(_SCHEME):
                found = self._upload(part[key])
                if found is not None:
                    used.add(found.id)
                    part[key] = payloads.attachment(self.world, found)["url"]
            if key == "url":
                part["proxy_url"] = part[key]
        return used

    def fill_components(self, components: list[Json], at: tuple[str | int, ...]) -> None:
        """Resolve the media of a layout; refuse names of which there is no upload."""
        for index, one in enumerate(components):
            self._fill(one, (*at, index))

    def _fill(self, one: Json, at: tuple[str | int, ...]) -> None:
        if one["type"] == _THUMBNAIL:
            one["media"] = self._item(one["media"], (*at, "media"))
            one.setdefault("description", None)
        elif one["type"] == _GALLERY:
            for index, item in enumerate(one["items"]):
                item["media"] = self._item(item["media"], (*at, "items", index, "media"))
                item.setdefault("description", None)
        elif one["type"] == _FILE:
            upload = self._upload(one["file"]["url"])
            one["file"] = self._item(one["file"], (*at, "file"))
            one |= {"name": upload.filename, "size": len(upload.data)} if upload else {}
        elif one["type"] == _CONTAINER:
            one.setdefault("accent_color", None)
        self.fill_components(one.get("components", []), (*at, "components"))
        if "accessory" in one:
            self._fill(one["accessory"], (*at, "accessory"))

    def _item(self, item: Json, at: tuple[str | int, ...]) -> Json:
        url = item["url"]
        known: Json = {"id": str(self.world.new_id()), "url": url, "proxy_url": url}
        if not url.startswith(_SCHEME):
            return known
        upload = self._upload(url)
        if upload is None:
            message = "The referenced attachment was not found in the attachments of the message."
            raise invalid_form((*at, "url"), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", message)
        shown = payloads.attachment(self.world, upload)
        known |= {"url": shown["url"], "proxy_url": shown["url"], "attachment_id": str(upload.id)}
        return known | {"content_type": upload.content_type}

    def _upload(self, url: str) -> Attachment | None:
        name = url.removeprefix(_SCHEME)
        return next((it for it in self.uploads if it.filename == name), None)


def _pictures(embeds: list[Json]) -> Iterator[tuple[dict[str, Any], str]]:
    for embed in embeds:
        for name, key in (("image", "url"), ("thumbnail", "url"), ("footer", "icon_url"), ("author", "icon_url")):
            if embed.get(name, {}).get(key):
                yield embed[name], key
