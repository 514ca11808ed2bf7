"""What the journey does not reach yet, each with its reason."""

from __future__ import annotations

_NO_BOT = "Discord does not let bots do this"
_UNUSED = "discord.py never calls it"

ROUTES: dict[str, str] = {
    "DELETE /guilds/{guild_id}": _NO_BOT,
    "PATCH /guilds/{guild_id}/integrations/{integration_id}": _NO_BOT,
    "PATCH /guilds/{guild_id}/vanity-url": "needs a server with the highest boost level, which the simulator has not",
    "POST /auth/logout": _UNUSED,
    "POST /guilds": _NO_BOT,
    "POST /guilds/templates/{code}": _NO_BOT,
    "POST /guilds/{guild_id}/integrations": _NO_BOT,
    "POST /guilds/{guild_id}/integrations/{integration_id}/sync": _NO_BOT,
    "POST /guilds/{guild_id}/mfa": "only the owner of a server may do this, which a bot cannot be",
    "POST /users/{user_id}/channels": _UNUSED,
    "PUT /applications/{application_id}/guilds/{guild_id}/commands/{command_id}/permissions": "needs a person's access"
    " token, which discord.py cannot send",
}
_NO_RENEWAL = "what a person pays for in the simulator neither ends nor changes"
EVENTS: dict[str, str] = {"SUBSCRIPTION_DELETE": _NO_RENEWAL, "SUBSCRIPTION_UPDATE": _NO_RENEWAL}
