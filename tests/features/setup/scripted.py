"""Finds its way through the setup by the names of buttons and menus, whatever language they speak."""

from __future__ import annotations

from guildbase.simulator import Reply


def on(reply: Reply, name: str) -> str:
    """Return the custom id of the button or menu of this name."""
    items = [item for row in reply.components for item in row["components"]]
    return next(str(item["custom_id"]) for item in items if str(item.get("custom_id", "")).endswith(f":{name}"))


def names(reply: Reply) -> set[str]:
    """Return the names of all buttons and menus."""
    items = [item for row in reply.components for item in row["components"]]
    return {str(item["custom_id"]).rpartition(":")[2] for item in items if "custom_id" in item}


async def press(reply: Reply, name: str) -> Reply:
    """Press the button of this name."""
    return await reply.click(on(reply, name))


async def choose(reply: Reply, name: str, *values: object) -> Reply:
    """Choose from the menu of this name."""
    return await reply.select(*values, menu=on(reply, name))
