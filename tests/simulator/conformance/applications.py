from __future__ import annotations

from base64 import b64encode
from typing import Any

from guildbase.simulator.cdn import drawn
from guildbase.simulator.world import oauth2
from tests.simulator.conformance.walk import Walk, answers

_APPLICATION = "/applications/{application_id}"
_EMOJIS = _APPLICATION + "/emojis"
_EMOJI = _EMOJIS + "/{emoji_id}"
_METADATA = _APPLICATION + "/role-connections/metadata"
_CONNECTION = "/users/@me/applications/{application_id}/role-connection"
_PICTURE = "data:image/png;base64," + b64encode(drawn(0).data).decode()


def bearer(walk: Walk, *scopes: str) -> dict[str, str]:
    """Return the header of a token by which the walker has allowed the scopes."""
    grant = oauth2.grant_access(walk.sim.world, walk.member.id, scopes)
    return {"Authorization": f"Bearer {grant.access_token}"}


@answers("get_my_application", "get_my_oauth2_application", "get_application")
async def my_application(walk: Walk) -> None:
    for path in ("/applications/@me", "/oauth2/applications/@me", _APPLICATION):
        assert (await walk.call("GET", path))["id"] == str(walk.sim.application_id)
    assert (await walk.call("GET", _APPLICATION, application_id=5, expect=403))["code"] == 20012


@answers("update_my_application", "update_application")
async def changing_the_application(walk: Walk) -> None:
    install = {"scopes": ["bot"], "permissions": "8"}
    changes: dict[str, Any] = {
        "description": "Does things",
        "tags": ["fun"],
        "icon": _PICTURE,
        "install_params": install,
        "integration_types_config": {"0": {"oauth2_install_params": install}, "1": None},
    }
    changed = await walk.call("PATCH", "/applications/@me", changes)
    assert (changed["description"], changed["install_params"]) == ("Does things", install)
    back = await walk.call("PATCH", _APPLICATION, {"description": None, "tags": None, "icon": None})
    assert (back["description"], back["tags"], back["icon"]) == ("", [], None)


@answers(
    "list_application_emojis",
    "create_application_emoji",
    "get_application_emoji",
    "update_application_emoji",
    "delete_application_emoji",
)
async def emojis(walk: Walk) -> None:
    made = await walk.call("POST", _EMOJIS, {"name": "star", "image": _PICTURE})
    assert made in (await walk.call("GET", _EMOJIS))["items"]
    at: dict[str, Any] = {"emoji_id": made["id"]}
    assert await walk.call("GET", _EMOJI, **at) == made
    assert (await walk.call("PATCH", _EMOJI, {"name": "sun"}, **at))["name"] == "sun"
    await walk.call("DELETE", _EMOJI, **at)
    assert (await walk.call("GET", _EMOJI, expect=404, **at))["code"] == 10014


@answers("upload_application_attachment")
async def attachments(walk: Walk) -> None:
    file = {"file": ("a.txt", b"text", "text/plain")}
    kept = await walk.call("POST", _APPLICATION + "/attachment", files=file)
    assert kept["attachment"]["filename"] == "a.txt"


@answers(
    "get_application_role_connections_metadata",
    "update_application_role_connections_metadata",
    "get_application_user_role_connection",
    "update_application_user_role_connection",
    "delete_application_user_role_connection",
)
async def role_connections(walk: Walk) -> None:
    asked = [{"type": 2, "key": "level", "name": "Level", "description": "At least this level"}]
    assert await walk.call("PUT", _METADATA, asked) == asked
    assert await walk.call("GET", _METADATA) == asked
    allowed = bearer(walk, "role_connections.write")
    who = {"platform_name": "Game", "platform_username": "ada", "metadata": {"level": "7"}}
    assert await walk.call("PUT", _CONNECTION, who, headers=allowed) == who
    assert await walk.call("GET", _CONNECTION, headers=allowed) == who
    wrong = {"metadata": {"colour": "red"}}
    refused = await walk.call("PUT", _CONNECTION, wrong, headers=allowed, expect=400)
    assert "colour" in refused["errors"]["metadata"]
    await walk.call("DELETE", _CONNECTION, headers=allowed)
    await walk.call("PUT", _METADATA, [])
