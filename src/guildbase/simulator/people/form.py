"""A form that the bot opened, and how a person fills it in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.resolved import Resolved
from guildbase.simulator.people.errors import WrongOption
from guildbase.simulator.people.menus import chosen
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.people.situation import close_to, listed
from guildbase.simulator.world.entities import Interaction

if TYPE_CHECKING:
    from guildbase.simulator.people.person import Person
    from guildbase.simulator.people.reply import Reply

_ROW, _TEXT_INPUT, _LABEL, _FILE_UPLOAD, _RADIO, _CHECKBOXES, _CHECKBOX = 1, 4, 18, 19, 21, 22, 23


@dataclass(slots=True, frozen=True)
class Field:
    """Something to fill in, with the component that describes it."""

    label: str
    component: Json

    @property
    def custom_id(self) -> str:
        """The name by which the bot knows it."""
        return str(self.component["custom_id"])

    @property
    def required(self) -> bool:
        """Whether the form cannot be sent without it; a single checkbox may always stay empty."""
        return bool(self.component.get("required", True)) and self.component["type"] != _CHECKBOX

    def answers_to(self, name: str) -> bool:
        """Tell whether this is the field of that custom id or label; in a label `_` stands for any space."""
        return name == self.custom_id or name.lower() in (self.label.lower(), self.label.lower().replace(" ", "_"))


class Form:
    """A form (Discord calls it a modal) in front of the person who made the bot open it."""

    def __init__(self, scene: Scene, interaction: Interaction) -> None:
        self._scene = scene
        self.interaction = interaction

    def __repr__(self) -> str:
        fields = ", ".join(f"{it.custom_id} ({it.label!r})" for it in self.fields)
        return f"<Form {self.title!r}: {fields}>"

    @property
    def title(self) -> str:
        """Its title."""
        return str(self.interaction.callback_data["title"])

    @property
    def custom_id(self) -> str:
        """The name by which the bot knows it."""
        return str(self.interaction.callback_data["custom_id"])

    @property
    def components(self) -> list[Json]:
        """Its components as the bot sent them."""
        components: list[Json] = self.interaction.callback_data["components"]
        return components

    @property
    def fields(self) -> list[Field]:
        """What there is to fill in, from top to bottom."""
        return list(_fields(self.components))

    async def submit(self, *, by: Person | None = None, within: float = 15.0, **values: object) -> Reply:
        """Fill in the form and send it off; values are named by custom ids, or by labels with `_` for a space."""
        # What follows is a reply, and a reply may be a form.
        from guildbase.simulator.people import commands

        user = self._scene.world.users[self.interaction.user_id] if by is None else by.user
        return await commands.submit(self._scene, user, self, values, within=within)

    def filled(self, values: dict[str, object]) -> tuple[list[Json], Resolved]:
        """Return the components as a client sends them, and what they name; raise WrongOption."""
        world, place = self._scene.world, self._scene.world.channels[self.interaction.channel_id]
        resolved = Resolved(world, world.guild_of(place), self.interaction.user_id)
        by_id = self._by_custom_id(values)
        return [_filled(it, by_id, resolved) for it in self.components], resolved

    def _by_custom_id(self, values: dict[str, object]) -> dict[str, object]:
        fields = self.fields
        found: dict[str, object] = {}
        for name, value in values.items():
            field = next((it for it in fields if it.answers_to(name)), None)
            if field is None:
                known = [it.custom_id for it in fields]
                raise WrongOption(f"the form has no field {name!r} (it has: {listed(known)}).{close_to(name, known)}")
            found[field.custom_id] = value
        for field in fields:
            if field.required and field.custom_id not in found and not _preset(field.component):
                raise WrongOption(f"the form needs its field {field.custom_id!r} ({field.label!r})")
        return found


def _fields(components: list[Json], label: str = "") -> Iterator[Field]:
    for one in components:
        if one["type"] == _ROW:
            yield from _fields(one["components"])
        elif one["type"] == _LABEL:
            yield from _fields([one["component"]], one["label"])
        elif "custom_id" in one:
            yield Field(label or one.get("label") or one["custom_id"], one)


def _preset(component: Json) -> object:
    return component.get("value") or [it for it in component.get("options") or [] if it.get("default")]


def _filled(component: Json, values: dict[str, object], resolved: Resolved) -> Json:
    kind = component["type"]
    if kind == _ROW:
        return {"type": kind, "id": component.get("id", 1)} | {
            "components": [_filled(it, values, resolved) for it in component["components"]]
        }
    if kind == _LABEL:
        return {"type": kind, "id": component.get("id", 1)} | {
            "component": _filled(_labelled(component), values, resolved)
        }
    sent: Json = {"type": kind, "id": component.get("id", 1)}
    if "custom_id" not in component:
        return sent
    custom_id = component["custom_id"]
    fill = _FILLERS.get(kind, _choices)
    return sent | {"custom_id": custom_id} | fill(component, values.get(custom_id), resolved)


def _labelled(label: Json) -> Json:
    """Return what is in a label, called by it in errors: a custom id is often just a random number."""
    inside: Json = label["component"]
    return inside | {"label": label["label"], "placeholder": label["label"]}


def _text(component: Json, value: object, _: Resolved) -> Json:
    text = component.get("value") or "" if value is None else value
    if not isinstance(text, str):
        raise WrongOption(f"the field {_name(component)!r} takes text, not {value!r}")
    low = component.get("min_length") or (1 if component.get("required", True) else 0)
    high = component.get("max_length") or 4000
    if not (low if text else min(low, component.get("required", True))) <= len(text) <= high:
        raise WrongOption(f"the field {_name(component)!r} takes {low} to {high} characters, not {len(text)}")
    return {"value": text}


def _name(component: Json) -> str:
    return str(component.get("label") or component["custom_id"])


def _checkbox(component: Json, value: object, _: Resolved) -> Json:
    return {"value": bool(component.get("default")) if value is None else bool(value)}


def _radio(component: Json, value: object, resolved: Resolved) -> Json:
    values = _choices(component, value, resolved)["values"]
    return {"value": values[0] if values else None}


def _choices(component: Json, value: object, resolved: Resolved) -> Json:
    if value is None:
        return {"values": [it["value"] for it in component.get("options") or [] if it.get("default")]}
    wanted = tuple(value) if isinstance(value, list) else (value,)
    return {"values": chosen(component, wanted, resolved)}


_FILLERS: dict[int, Callable[[Json, object, Resolved], Json]] = {
    _TEXT_INPUT: _text,
    _RADIO: _radio,
    _CHECKBOX: _checkbox,
}
