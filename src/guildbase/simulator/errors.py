"""The errors Discord answers with, as values: a status, a JSON code and a text.

They are raised anywhere in the simulator and turned into a response body in one place, the REST router.
Codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_UNKNOWN_CODES = {
    "Account": 10001,
    "Application": 10002,
    "Channel": 10003,
    "Guild": 10004,
    "Integration": 10005,
    "Invite": 10006,
    "Member": 10007,
    "Message": 10008,
    "Permission Overwrite": 10009,
    "Role": 10011,
    "Token": 10012,
    "User": 10013,
    "Emoji": 10014,
    "Webhook": 10015,
    "Ban": 10026,
    "SKU": 10027,
    "Entitlement": 10029,
    "Guild Template": 10057,
    "Sticker": 10060,
    "Sticker Pack": 10061,
    "interaction": 10062,
    "application command": 10063,
    "Voice State": 10065,
    "application command permissions": 10066,
    "Stage Instance": 10067,
    "Guild Member Verification Form": 10068,
    "Guild Welcome Screen": 10069,
    "Guild Scheduled Event": 10070,
    "Guild Scheduled Event User": 10071,
    "sound": 10097,
    "Poll": 10100,
    "Subscription": 10081,
    "Activity Instance": 10084,
}


class DiscordError(Exception):
    """A refusal by the API: HTTP status, Discord's JSON code, its text, and field errors if a form is wrong.

    The hint says more than Discord would; it is for whoever reads a failing test and is never sent.
    """

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None, *, hint: str = "") -> None:
        super().__init__(f"{status} ({code}): {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.hint = hint

    @property
    def details(self) -> str:
        """What a person has to know beyond the text: the hint, or the wrong fields."""
        return self.hint or "; ".join(_field_errors(self.errors or {}))

    def body(self) -> Json:
        """Return the JSON body Discord would send."""
        body: Json = {"message": self.message, "code": self.code}
        if self.errors is not None:
            body["errors"] = self.errors
        return body


def _field_errors(tree: Json, path: str = "") -> Iterator[str]:
    for name, node in tree.items():
        if name == "_errors":
            yield from (f"{path}: {it['message']}" for it in node)
        else:
            yield from _field_errors(node, f"{path}.{name}" if path else name)


def unknown(what: str) -> DiscordError:
    """404 for an object that does not exist (or that the caller must not know of)."""
    return DiscordError(404, _UNKNOWN_CODES[what], f"Unknown {what}")


def missing_access(hint: str = "") -> DiscordError:
    """403 because the bot is not in the guild or cannot see the channel."""
    return DiscordError(403, 50001, "Missing Access", hint=hint)


def missing_permissions(hint: str = "") -> DiscordError:
    """403 because a permission is missing or the target ranks as high as the bot."""
    return DiscordError(403, 50013, "Missing Permissions", hint=hint)


def invalid_form(path: tuple[str | int, ...], code: str, message: str) -> DiscordError:
    """400 Invalid Form Body that blames a single field."""
    return invalid_forms([(path, code, message)])


def invalid_forms(problems: list[tuple[tuple[str | int, ...], str, str]]) -> DiscordError:
    """400 Invalid Form Body: each problem (field path, code, text) is put at its place in the error tree.

    A place holds problems or further places, never both: what is wrong as a whole hides what is wrong inside.
    """
    tree: Json = {}
    for path, code, message in sorted(problems, key=lambda it: len(it[0])):
        node = tree
        for step in path:
            # A client may have called a field of its own by this name.
            if "_errors" in (step, *node):
                break
            node = node.setdefault(str(step), {})
        else:
            node.setdefault("_errors", []).append({"code": code, "message": message})
    return DiscordError(400, 50035, "Invalid Form Body", tree)
