"""Command options as a client fills them in: found by name, checked against what the bot registered, resolved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeVar

from guildbase.core.snowflake import read_snowflake
from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.resolved import Resolved
from guildbase.simulator.people.errors import WrongOption
from guildbase.simulator.people.files import attach, is_file
from guildbase.simulator.world.entities import ApplicationCommand, Channel, Role


class OptionType(IntEnum):
    """What an option takes."""

    SUB_COMMAND = 1
    SUB_COMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


Named = TypeVar("Named", Channel, Role)


@dataclass(slots=True)
class Filling:
    """A command being filled in by a person; what its options name is collected in `resolved`."""

    resolved: Resolved
    focused: str | None = None
    """The option that the person is still typing, while the bot suggests how to go on."""

    def options(self, command: ApplicationCommand, path: list[str], values: dict[str, object]) -> list[Json]:
        """Return the options of the command, or of the sub-command at `path`, as a client sends them."""
        declared = command.options
        wrappers: list[Json] = []
        for word in path:
            sub = next((it for it in declared if it["name"] == word and it["type"] <= 2), None)
            if sub is None:
                known = ", ".join(it["name"] for it in declared if it["type"] <= 2) or "none"
                raise WrongOption(f"/{command.name} has no sub-command {word!r} (it has: {known})")
            wrappers.append({"name": word, "type": sub["type"]})
            declared = sub.get("options") or []
        if any(it["type"] <= 2 for it in declared):
            names = ", ".join(it["name"] for it in declared)
            raise WrongOption(f"/{command.name} needs one of its sub-commands: {names}")
        options = self._fill(" ".join([command.name, *path]), declared, values)
        for wrapper in reversed(wrappers):
            options = [wrapper | {"options": options}]
        return options

    def _fill(self, name: str, declared: list[Json], values: dict[str, object]) -> list[Json]:
        left = {key: it for key, it in values.items() if it is not None}
        options = []
        for one in declared:
            # A trailing underscore lets Python keywords be options: from_=... fills "from".
            key = next((it for it in (one["name"], one["name"] + "_") if it in left), None)
            if key is not None and key == self.focused:
                options.append(_typing(name, one, left.pop(key)))
            elif key is not None:
                value = self._value(one, left.pop(key))
                options.append({"name": one["name"], "type": one["type"], "value": value})
            elif one.get("required") and self.focused is None:
                raise WrongOption(f"/{name} needs the option {one['name']!r}")
        if left:
            known = ", ".join(it["name"] for it in declared) or "none"
            raise WrongOption(f"/{name} has no option {', '.join(map(repr, left))} (it has: {known})")
        return options

    def _value(self, declared: Json, value: object) -> object:
        fill = _FILLERS.get(declared["type"])
        if fill is None:
            raise WrongOption(f"options of type {declared['type']} ({declared['name']}) cannot be filled in")
        filled = fill(self, value)
        if filled is None:
            kind = OptionType(declared["type"]).name.lower()
            article = "an" if kind[0] in "ai" else "a"
            raise WrongOption(f"option {declared['name']!r} takes {article} {kind}, not {value!r}")
        choices = declared.get("choices")
        if choices:
            return _choice(declared["name"], choices, filled)
        _check_bounds(declared, filled)
        if declared.get("channel_types"):
            self._check_channel_type(declared, str(filled))
        return filled

    def _check_channel_type(self, declared: Json, channel_id: str) -> None:
        found = self.resolved.data["channels"][channel_id]
        if found["type"] not in declared["channel_types"]:
            wanted, place = ", ".join(map(str, declared["channel_types"])), f"#{found['name']}"
            told = f"option {declared['name']!r} takes channels of type {wanted}"
            raise WrongOption(f"{told}; {place} is of type {found['type']}")

    def user(self, value: object) -> str | None:
        """Return the id of a person, who is resolved with the membership; None if the value is no person."""
        users = self.resolved.world.users
        user = users.get(_id_of(value) or 0)
        if user is None and isinstance(value, str):
            user = users.named(value)
        return None if user is None else self.resolved.user(user)

    def channel(self, value: object) -> str | None:
        """Return the id of a channel or thread of the guild."""
        guild = self.resolved.guild
        found = None if guild is None else _pick(guild.channels, value)
        if found is None and guild is not None:
            place = self.resolved.world.channels.get(_id_of(value) or 0)
            found = place if place is not None and place.guild_id == guild.id else None
        return None if found is None else self.resolved.channel(found)

    def role(self, value: object) -> str | None:
        """Return the id of a role of the guild."""
        found = None if self.resolved.guild is None else _pick(self.resolved.guild.roles, value)
        return None if found is None else self.resolved.role(found)

    def mentionable(self, value: object) -> str | None:
        """Return the id of a role or person."""
        return self.role(value) or self.user(value)

    def file(self, value: object) -> str | None:
        """Return the id of a file that is uploaded."""
        return self.resolved.attachment(attach(self.resolved.world, value)) if is_file(value) else None


def _typing(command: str, declared: Json, text: object) -> Json:
    if not declared.get("autocomplete"):
        raise WrongOption(f"/{command} suggests nothing for its option {declared['name']!r}")
    return {"name": declared["name"], "type": declared["type"], "value": str(text), "focused": True}


def _text(_: Filling, value: object) -> str | None:
    return value if isinstance(value, str) else None


def _integer(_: Filling, value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _boolean(_: Filling, value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(_: Filling, value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


_FILLERS: dict[int, Callable[[Filling, object], object]] = {
    OptionType.STRING: _text,
    OptionType.INTEGER: _integer,
    OptionType.BOOLEAN: _boolean,
    OptionType.NUMBER: _number,
    OptionType.USER: Filling.user,
    OptionType.CHANNEL: Filling.channel,
    OptionType.ROLE: Filling.role,
    OptionType.MENTIONABLE: Filling.mentionable,
    OptionType.ATTACHMENT: Filling.file,
}


def _id_of(value: object) -> int | None:
    found: Any = getattr(value, "id", value)
    if isinstance(found, str):
        return read_snowflake(found)
    return found if isinstance(found, int) else None


def _pick(known: dict[int, Named], value: object) -> Named | None:
    found = known.get(_id_of(value) or 0)
    return found or next((it for it in known.values() if it.name == value), None)


def _choice(name: str, choices: list[Json], value: object) -> object:
    for choice in choices:
        if value in (choice["value"], choice["name"]):
            chosen: object = choice["value"]
            return chosen
    known = ", ".join(str(it["name"]) for it in choices)
    raise WrongOption(f"option {name!r} has no choice {value!r} (it has: {known})")


def _check_bounds(declared: Json, value: object) -> None:
    kind = "length" if isinstance(value, str) else "value"
    size = len(value) if isinstance(value, str) else value
    if not isinstance(size, int | float) or isinstance(size, bool):
        return
    low, high = declared.get(f"min_{kind}"), declared.get(f"max_{kind}")
    if (low is not None and size < low) or (high is not None and size > high):
        raise WrongOption(f"option {declared['name']!r} must have a {kind} from {low} to {high}, not {size}")
