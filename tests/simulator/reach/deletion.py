"""Taking keys out of payloads, one at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

# A path is the keys that lead to a value; ITEM stands for every item of a list.
Path = tuple[str, ...]
ITEM = "[]"


def paths(payload: Any, above: Path = ()) -> Iterator[Path]:
    """Yield the path of every key, at every depth."""
    if isinstance(payload, list):
        yield from dict.fromkeys(path for item in payload for path in paths(item, (*above, ITEM)))
    elif isinstance(payload, dict):
        for key, value in payload.items():
            yield (*above, key)
            yield from paths(value, (*above, key))


def without(payload: Any, path: Path) -> Any:
    """Return a copy of the payload that lacks the key, in every item of the lists on the way."""
    shorter = copy.deepcopy(payload)
    for holder in _holders(shorter, path[:-1]):
        holder.pop(path[-1], None)
    return shorter


def holds(payload: Any, path: Path) -> bool:
    """Tell whether the key is there wherever the object that should hold it is."""
    return all(path[-1] in holder for holder in _holders(payload, path[:-1]))


def written(path: Path) -> str:
    """Return the path as people write it: `roles[].id`."""
    return ".".join(path).replace(f".{ITEM}", ITEM)


def _holders(payload: Any, path: Path) -> Iterator[dict[str, Any]]:
    if not path:
        if isinstance(payload, dict):
            yield payload
    elif path[0] == ITEM:
        for item in payload if isinstance(payload, list) else ():
            yield from _holders(item, path[1:])
    elif isinstance(payload, dict) and path[0] in payload:
        yield from _holders(payload[path[0]], path[1:])


# What brings back that which an event takes away, so that it can be taken away again.
_BROUGHT_BACK_BY = {
    "CHANNEL_DELETE": "CHANNEL_CREATE",
    "GUILD_DELETE": "GUILD_CREATE",
    "GUILD_MEMBER_REMOVE": "GUILD_MEMBER_ADD",
    "GUILD_ROLE_DELETE": "GUILD_ROLE_CREATE",
    "GUILD_SCHEDULED_EVENT_DELETE": "GUILD_SCHEDULED_EVENT_CREATE",
    "GUILD_SOUNDBOARD_SOUND_DELETE": "GUILD_SOUNDBOARD_SOUND_CREATE",
    "MESSAGE_DELETE": "MESSAGE_CREATE",
    "STAGE_INSTANCE_DELETE": "STAGE_INSTANCE_CREATE",
    "THREAD_DELETE": "THREAD_CREATE",
}


def fatal(parsers: Mapping[str, Callable[[Any], None]], events: Mapping[str, list[Any]], name: str) -> set[Path]:
    """Return the keys of an event without which its parser raises, tried one by one on all payloads that differ."""
    found: set[Path] = set()
    seen: set[Path] = set()
    for payload in events[name]:
        own = set(paths(payload))
        if own <= seen:
            continue
        seen |= own
        origin = _origin(events, name, payload)
        for path in sorted(own):
            if origin is not None:
                parsers[_BROUGHT_BACK_BY[name]](copy.deepcopy(origin))
            try:
                parsers[name](without(payload, path))
            except Exception:
                found.add(path)
    return found


def _origin(events: Mapping[str, list[Any]], name: str, payload: Any) -> Any:
    wanted = _identity(payload)
    return next((it for it in events.get(_BROUGHT_BACK_BY.get(name, ""), ()) if _identity(it) == wanted), None)


def _identity(payload: Any) -> Any:
    inner = payload.get("role") or payload.get("user") or {}
    return payload.get("role_id") or payload.get("sound_id") or payload.get("id") or inner.get("id")
