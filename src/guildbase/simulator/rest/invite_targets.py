"""/invites/{invite.code}/target-users: the list of those who alone may use an invite, as a file of their ids."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.invites import managed_invite
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world.entities import Image, Invite

routes = RouteTable()
_TARGETS = "/invites/{code}/target-users"
_HEADER = "user_id"
_COMPLETED = 2


class _TargetsForm(Form):
    target_users_file: Annotated[str, Field(min_length=1, max_length=2_000_000)]


@routes.route("GET", _TARGETS)
def get_targets(call: Call) -> Image:
    """Return who may use the invite."""
    lines = [_HEADER, *map(str, _targets(managed_invite(call)[1]))]
    return Image("text/csv", "\n".join(lines).encode())


@routes.route("PUT", _TARGETS)
def set_targets(call: Call) -> None:
    """Let only those use the invite whose ids are in the file, one in a line."""
    _, invite = managed_invite(call)
    text = call.form(_TargetsForm).target_users_file
    lines = [it.strip().strip('"') for it in text.splitlines() if it.strip()]
    if lines and not lines[0].isdigit():
        lines = lines[1:]
    if not lines or not all(it.isascii() and it.isdigit() and len(it) <= 20 for it in lines):
        raise invalid_form(("target_users_file",), "INVALID_TARGET_USERS_FILE", "Must be user ids, one in a line.")
    invite.target_user_ids = list(dict.fromkeys(map(int, lines)))
    invite.targets_set_at = call.world.clock.now()


@routes.route("GET", _TARGETS + "/job-status")
def get_job_status(call: Call) -> Json:
    """Tell how far the file has been read; the simulator reads it at once."""
    _, invite = managed_invite(call)
    count, moment = len(_targets(invite)), payloads.moment(invite.targets_set_at)
    return {
        "status": _COMPLETED,
        "total_users": count,
        "processed_users": count,
        "created_at": moment,
        "completed_at": moment,
        "error_message": None,
    }


def _targets(invite: Invite) -> list[int]:
    if invite.target_user_ids is None:
        raise DiscordError(404, 10124, "Unknown Invite Target Users Job")
    return invite.target_user_ids
