"""Finding the buttons and menus of a message by what is written on them, and choosing from menus."""

from __future__ import annotations

from collections.abc import Callable

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.resolved import Resolved
from guildbase.simulator.people.drawing import each, label
from guildbase.simulator.people.errors import NotAllowed, WrongOption
from guildbase.simulator.people.options import Filling
from guildbase.simulator.people.situation import close_to, listed
from guildbase.simulator.world.entities import Message, User

BUTTON = 2
_FILE_UPLOAD = 19
_MENUS = (3, 5, 6, 7, 8)


def button(message: Message, user: User, wanted: str) -> Json:
    """Return the button of that custom id or label that this person can press; raise NotAllowed."""
    known = _usable(message, user, (BUTTON,))
    found = _named(known, wanted, "label")
    if found is None:
        raise NotAllowed(f"the message has no button {wanted!r} for {user.username}{_what_there_is(known, wanted)}")
    if found.get("url"):
        raise NotAllowed(f"the button {label(found)} only opens a page")
    return _enabled(found)


def menu(message: Message, user: User, wanted: str | None) -> Json:
    """Return the menu of that custom id or placeholder, or the only one; raise NotAllowed."""
    known = _usable(message, user, _MENUS)
    found = known[0] if wanted is None and len(known) == 1 else _named(known, wanted or "", "placeholder")
    if found is None:
        which = "one menu" if wanted is None else f"menu {wanted!r}"
        raise NotAllowed(f"the message has not {which} for {user.username}{_what_there_is(known, wanted or '')}")
    return _enabled(found)


def chosen(component: Json, wanted: tuple[object, ...], resolved: Resolved) -> list[str]:
    """Return what a client sends for the choice; raise WrongOption for what it would not offer."""
    pick = _PICKERS.get(component["type"])
    filling = Filling(resolved)
    values = [_choice(component, it) if pick is None else pick(filling, it) for it in wanted]
    for value, one in zip(values, wanted, strict=True):
        if value is None:
            raise WrongOption(f"{label(component)} does not offer {one!r}")
    low, high = component.get("min_values"), component.get("max_values")
    low, high = 1 if low is None else low, 1 if high is None else high
    if not low <= len(values) <= high:
        raise WrongOption(f"{label(component)} takes {low} to {high} choices, not {len(values)}")
    return [it for it in values if it is not None]


_PICKERS: dict[int, Callable[[Filling, object], str | None]] = {
    5: Filling.user,
    6: Filling.role,
    7: Filling.mentionable,
    8: Filling.channel,
    _FILE_UPLOAD: Filling.file,
}


def _choice(component: Json, wanted: object) -> str:
    options = component.get("options") or []
    for option in options:
        if wanted in (option["label"], option["value"]):
            return str(option["value"])
    known = [it["label"] for it in options]
    raise WrongOption(f"{label(component)} does not offer {wanted!r}.{close_to(str(wanted), known)}")


def _usable(message: Message, user: User, kinds: tuple[int, ...]) -> list[Json]:
    if message.visible_to not in (None, user.id):
        return []
    return [it for it in each(message.components) if it["type"] in kinds]


def _named(known: list[Json], wanted: str, words: str) -> Json | None:
    found = [it for it in known if it.get("custom_id") == wanted]
    found += [it for it in known if wanted in (it.get(words), (it.get("emoji") or {}).get("name"))]
    return found[0] if found else None


def _enabled(component: Json) -> Json:
    if component.get("disabled"):
        raise NotAllowed(f"{label(component)} is disabled")
    return component


def _what_there_is(known: list[Json], wanted: str) -> str:
    names = [str(it[name]) for it in known for name in ("label", "custom_id", "placeholder") if it.get(name)]
    return f" (it has: {listed(label(it) for it in known)}).{close_to(wanted, names)}"
