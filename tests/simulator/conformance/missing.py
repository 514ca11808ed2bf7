"""Why some operations are not answered yet."""

from __future__ import annotations

from tests.simulator.oracle import Operation

_SOCIAL = "for games with Discord's Social SDK, not for bots"
_BY_RESOURCE = {"lobbies": _SOCIAL, "partner-sdk": _SOCIAL}
_GRANT = "needs the access token of a person who lets the application change their group conversations"
_BY_OPERATION: dict[str, str] = {"add_group_dm_user": _GRANT, "delete_group_dm_user": _GRANT}


def reason(operation: Operation) -> str:
    """Return why the operation is not answered; empty if nobody has said so."""
    return _BY_OPERATION.get(operation.id) or _BY_RESOURCE.get(operation.resource, "")
