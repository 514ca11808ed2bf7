"""Rules as people type them into a command or a form: `delete; timeout 10m; points 2`, and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _, marked

TRIGGERS = {
    "words": marked("words, with commas between them, or the name of a list: `bad, worse` or `list:names`"),
    "regex": marked("patterns of RE2, one a line, or `list:names`"),
    "links": marked("domains, `only example.com` to allow no others, nothing for every link"),
    "invites": marked("codes of invites that are welcome, or nothing"),
    "mentions": marked("how many are allowed: `5`"),
    "spam": marked("messages and seconds: `6/5`"),
    "duplicates": marked("messages and seconds: `3/60`"),
    "caps": marked("per cent: `70`"),
    "emoji": marked("how many are allowed: `10`"),
    "attachments": marked("types such as `exe, zip`, or how many are allowed: `3`"),
    "new_account": marked("age: `3d`"),
    "new_member": marked("age: `10m`"),
    "phishing": marked("nothing, or `list:domains` for more"),
    "lines": marked("how many are allowed: `20`"),
    "zalgo": marked("how many marks are allowed: `12`"),
}
"""What is typed for each trigger."""
_NUMBERS = {"mentions": "most", "emoji": "most", "lines": "most", "zalgo": "most", "caps": "percent"}
_ENTRIES = {"words": "words", "regex": "patterns", "links": "domains", "invites": "allowed"}
_VALUES = {
    "timeout": "duration", "mute": "duration", "jail": "duration", "ban": "duration", "points": "amount",
    "reply": "text", "dm": "text", "alert": "channel", "add_role": "role", "remove_role": "role", "slowmode": "seconds",
    "member_age": "below", "account_age": "below",
}  # fmt: skip
"""The one field that stands behind the name of an effect or a condition."""
EFFECTS = (
    "delete", "warn", "timeout", "kick", "ban", "mute", "jail", "points", "reply", "dm", "alert", "add_role",
    "remove_role", "slowmode",
)  # fmt: skip
CONDITIONS = ("channels", "roles", "member_age", "account_age", "hours", "attachment", "edit", "points")
_MENTION = re.compile(r"<(?:@&|#|@!?)(\d+)>")


def read_trigger(kind: str, text: str) -> dict[str, Any]:
    """Return the trigger of the kind that the text says, to be checked with the rest of the rule.

    Raises:
        InvalidInput: the text says none.
    """
    if kind not in TRIGGERS:
        raise InvalidInput(_("There is no trigger `{name}`.", name=kind[:40]), hint=", ".join(TRIGGERS))
    trigger: dict[str, Any] = {"type": kind}
    named, text = _take_list(text.strip())
    if named:
        trigger["list"] = named
    if text:
        trigger |= _read(kind, text)
    return trigger


def _take_list(text: str) -> tuple[str, str]:
    """Return the name of the list that the text begins with, and the rest."""
    if not text.startswith("list:"):
        return "", text
    name, _comma, rest = text.removeprefix("list:").partition(",")
    return name.strip(), rest.strip()


def _read(kind: str, text: str) -> dict[str, Any]:
    if kind in _NUMBERS:
        return {_NUMBERS[kind]: text}
    if kind in ("spam", "duplicates"):
        messages, _slash, seconds = text.partition("/")
        return {"messages": messages, "seconds": seconds or "10"}
    if kind in ("new_account", "new_member"):
        return {"age": text}
    if kind == "attachments":
        return {"most": text} if text.isdecimal() else {"types": _split(text, ",")}
    if kind == "links" and text.lower().startswith("only "):
        return {"mode": "allow", "domains": _split(text[5:], ",")}
    if kind == "phishing":
        return {"allowed": _split(text, ",")}
    return {_ENTRIES[kind]: _split(text, "\n" if kind == "regex" else ",")}


def trigger_text(trigger: Mapping[str, Any]) -> str:
    """Return the stored trigger as it is typed."""
    kind = trigger["type"]
    parts = [f"list:{trigger['list']}"] if trigger.get("list") else []
    if kind in _NUMBERS:
        parts.append(str(trigger[_NUMBERS[kind]]))
    elif kind in ("spam", "duplicates"):
        parts.append(f"{trigger['messages']}/{trigger['seconds']}")
    elif kind in ("new_account", "new_member"):
        parts.append(trigger["age"])
    elif kind == "attachments":
        parts.append(str(trigger["most"]) if trigger["most"] is not None else ", ".join(trigger["types"]))
    elif kind == "regex":
        parts.append("\n".join(trigger["patterns"]))
    else:
        only = "only " if trigger.get("mode") == "allow" else ""
        parts.append(only + ", ".join(trigger[_ENTRIES.get(kind, "allowed")]))
    return ", ".join(part for part in parts if part)


def read_effects(text: str) -> list[dict[str, Any]]:
    """Return the effects that the text says, such as `delete; timeout 10m`; InvalidInput if it says others."""
    return [_named(part, EFFECTS, _effect) for part in _split(text, ";")]


def read_conditions(text: str) -> list[dict[str, Any]]:
    """Return the conditions that the text says, such as `not edit; channels #talk`; InvalidInput if others."""
    return [_named(part, CONDITIONS, _condition) for part in _split(text, ";")]


def _named(text: str, names: Sequence[str], read: Callable[[str, str], dict[str, Any]]) -> dict[str, Any]:
    is_negated = text.lower().startswith("not ")
    name, _space, value = text[4 * is_negated :].strip().partition(" ")
    name = name.lower()
    if name not in names or (is_negated and names is EFFECTS):
        raise InvalidInput(_("`{given}` is none of: {names}.", given=text[:60], names=", ".join(names)))
    said = read(name, value.strip())
    return said | {"negate": True} if is_negated else said


def _effect(name: str, value: str) -> dict[str, Any]:
    if not value:
        return {"type": name}
    return {"type": name, _VALUES.get(name, "value"): value if name in ("reply", "dm") else _id(value)}


def _condition(name: str, value: str) -> dict[str, Any]:
    if name in ("channels", "roles"):
        return {"type": name, "ids": [_id(it) for it in value.replace(",", " ").split()]}
    if name == "hours":
        begin, _dash, rest = value.partition("-")
        end, _space, zone = rest.strip().partition(" ")
        return {"type": name, "begin": begin.strip(), "end": end, **({"zone": zone.strip()} if zone else {})}
    if name == "points":
        return {"type": name, "above": value}
    return {"type": name, _VALUES.get(name, "value"): value} if value else {"type": name}


def effects_text(effects: Sequence[Mapping[str, Any]]) -> str:
    """Return the stored effects as they are typed."""
    return "; ".join(" ".join(_words(effect)) for effect in effects)


def conditions_text(conditions: Sequence[Mapping[str, Any]]) -> str:
    """Return the stored conditions as they are typed."""
    return "; ".join(("not " if it["negate"] else "") + " ".join(_words(it)) for it in conditions)


def _words(part: Mapping[str, Any]) -> Iterator[str]:
    yield part["type"]
    if "ids" in part:
        yield " ".join(part["ids"])
    elif part["type"] == "hours":
        yield f"{part['begin'][:5]}-{part['end'][:5]} {part['zone']}"
    elif "above" in part:
        yield str(part["above"])
    elif (value := part.get(_VALUES.get(part["type"], ""))) is not None:
        yield str(value)


def _split(text: str, by: str) -> list[str]:
    return [part for one in text.split(by) if (part := one.strip())]


def _id(text: str) -> str:
    found = _MENTION.fullmatch(text)
    return found[1] if found else text
