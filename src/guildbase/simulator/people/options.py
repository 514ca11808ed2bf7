"""Command options as a client fills them in: found by name, checked against what the bot registered, resolved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeVar

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.people.errors import WrongOption
from guildbase.simulator.world.entities import ApplicationCommand, Channel, Guild, Role
from guildbase.simulator.world.state import World


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


Named = TypeVar("Named", Channel, Role)


@dataclass(slots=True)
class Filling:
    """A command being filled in by a person in a guild (None: in a direct conversation)."""

    world: World
    guild: Guild | None
    resolved: dict[str, Json] = field(default_factory=dict)

    def data(self, command: ApplicationCommand, path: list[str], values: dict[str, object]) -> Json:
        """Return the `data` of the interaction for the command or the sub-command at `path`."""
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
        options = self._fill(command.name, declared, values)
        for wrapper in reversed(wrappers):
            options = [wrapper | {"options": options}]
        data: Json = {"id": str(command.id), "name": command.name, "type": command.type, "options": options}
        if command.guild_id is not None:
            data["guild_id"] = str(command.guild_id)
        return data | ({"resolved": self.resolved} if self.resolved else {})

    def _fill(self, name: str, declared: list[Json], values: dict[str, object]) -> list[Json]:
        left = {key: it for key, it in values.items() if it is not None}
        options = []
        for one in declared:
            # A trailing underscore lets Python keywords be options: from_=... fills "from".
            key = next((it for it in (one["name"], one["name"] + "_") if it in left), None)
            if key is not None:
                value = self._value(one, left.pop(key))
                options.append({"name": one["name"], "type": one["type"], "value": value})
            elif one.get("required"):
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
            raise WrongOption(f"option {declared['name']!r} takes a {kind}, not {value!r}")
        choices = declared.get("choices")
        if choices:
            return _choice(declared["name"], choices, filled)
        _check_bounds(declared, filled)
        return filled

    def user(self, value: object) -> str | None:
        """Return the id of a person, who is resolved with the membership; None if the value is no person."""
        user = self.world.users.get(_id_of(value) or 0)
        if user is None:
            user = next((it for it in self.world.users.values() if it.username == value), None)
        if user is None:
            return None
        self._resolve("users", user.id, payloads.user(user))
        if self.guild is not None and (member := self.guild.members.get(user.id)):
            shown = payloads.member(self.world, member, with_user=False)
            bits = self.world.permissions_of(self.guild, user.id)
            self._resolve("members", user.id, shown | {"permissions": str(bits)})
        return str(user.id)

    def channel(self, value: object) -> str | None:
        """Return the id of a channel of the guild."""
        if self.guild is None:
            return None
        found = _pick(self.guild.channels, value)
        if found is None:
            return None
        self._resolve("channels", found.id, payloads.channel(self.world, found) | {"permissions": "0"})
        return str(found.id)

    def role(self, value: object) -> str | None:
        """Return the id of a role of the guild."""
        found = None if self.guild is None else _pick(self.guild.roles, value)
        if found is None:
            return None
        self._resolve("roles", found.id, payloads.role(found))
        return str(found.id)

    def mentionable(self, value: object) -> str | None:
        """Return the id of a role or person."""
        return self.role(value) or self.user(value)

    def _resolve(self, kind: str, entity_id: int, payload: Json) -> None:
        self.resolved.setdefault(kind, {})[str(entity_id)] = payload


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
}


def _id_of(value: object) -> int | None:
    found: Any = getattr(value, "id", value)
    if isinstance(found, str) and found.isdigit():
        return int(found)
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
