"""Messages drawn as text, for errors: who wrote, what there is to read, which buttons there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import Message
from guildbase.simulator.world.state import World

_INDENT = "  "


def readable(message: Message) -> Iterator[str]:
    """Yield everything there is to read in a message: content, embeds and text components."""
    if message.content:
        yield message.content
    for embed in message.embeds:
        parts = [(embed.get("author") or {}).get("name"), embed.get("title"), embed.get("description")]
        for field in embed.get("fields") or []:
            parts += [field["name"], field["value"]]
        parts.append((embed.get("footer") or {}).get("text"))
        yield from (it for it in parts if it)
    yield from (it["content"] for it in each(message.components) if it.get("content"))


def drawn(world: World, message: Message) -> str:
    """Return the whole message, a line for each thing in it, after its author."""
    body = [
        *message.content.splitlines(),
        *(line for embed in message.embeds for line in _embed(embed)),
        *_components(message.components),
        *_poll(message),
        *(f"file {it.filename} ({len(it.data)} bytes)" for it in message.attachments),
        *([_reactions(message)] if message.reactions else []),
    ]
    author = payloads.author(world, message)
    marks = [f"only {world.users[message.visible_to].username} sees it"] if message.visible_to else []
    marks += ["edited"] * bool(message.edits) + ["deleted"] * message.deleted
    head = author["username"] + " [bot]" * author["bot"] + f" ({', '.join(marks)})" * bool(marks)
    if len(body) == 1:
        return f"{head}: {body[0]}"
    return "\n".join([f"{head}:", *(_INDENT + it for it in body or ["(nothing to see)"])])


def brief(world: World, message: Message) -> str:
    """Return the message in one line."""
    marks = [repr("\n".join(readable(message)))]
    marks += [f"file {it.filename}" for it in message.attachments]
    marks += [label(it) for it in each(message.components) if it["type"] in _USABLE]
    marks += [f"(only {world.users[message.visible_to].username} sees it)"] if message.visible_to else []
    return " ".join(marks + ["(deleted)"] * message.deleted)


def each(components: Iterable[Json]) -> Iterator[Json]:
    """Yield all components, those inside others after them."""
    for component in components:
        yield component
        yield from each(_inside(component))


def label(component: Json) -> str:
    """Return a button as `[Label]`, a menu as `<placeholder: choices>`."""
    if component["type"] == _BUTTON:
        emoji = (component.get("emoji") or {}).get("name") or ""
        words = " ".join(filter(None, [emoji, component.get("label"), component.get("url")]))
        return f"[{words}]" + " (disabled)" * bool(component.get("disabled"))
    choices = " | ".join(it["label"] for it in component.get("options") or []) or _OBJECTS.get(component["type"], "")
    name = component.get("placeholder") or component.get("custom_id", "")
    return f"<{name}: {choices}>" + " (disabled)" * bool(component.get("disabled"))


_ROW, _BUTTON, _TEXT, _GALLERY, _SEPARATOR = 1, 2, 10, 12, 14
_OBJECTS = {5: "people", 6: "roles", 7: "people and roles", 8: "channels"}
_USABLE = frozenset((_BUTTON, 3, *_OBJECTS))


def _inside(component: Json) -> list[Json]:
    inner = [component.get("component"), component.get("accessory")]
    return [*(component.get("components") or []), *(it for it in inner if it)]


def _embed(embed: Json) -> Iterator[str]:
    lines: list[str] = []
    for name in ("author", "title", "description"):
        value = embed.get(name)
        text = value.get("name") if isinstance(value, dict) else value
        lines += (text or "").splitlines()
    for field in embed.get("fields") or []:
        first, *rest = field["value"].splitlines() or [""]
        lines += [f"{field['name']}: {first}", *rest]
    lines += [f"{name} {embed[name]['url']}" for name in ("image", "thumbnail") if embed.get(name)]
    lines += ((embed.get("footer") or {}).get("text") or "").splitlines()
    yield from (f"| {it}" for it in lines)


def _components(components: list[Json]) -> Iterator[str]:
    for one in components:
        kind = one["type"]
        if kind == _ROW:
            yield " ".join(label(it) for it in one["components"])
        elif kind in _USABLE:
            yield label(one)
        else:
            draw = _DRAWERS.get(kind)
            yield from () if draw is None else draw(one)
            yield from _components(_inside(one))


_DRAWERS: dict[int, Callable[[Json], Iterable[str]]] = {
    _TEXT: lambda one: one["content"].splitlines(),
    _GALLERY: lambda one: [f"image {it['media']['url']}" for it in one["items"]],
    11: lambda one: [f"image {one['media']['url']}"],
    13: lambda one: [f"file {one['file']['url']}"],
    _SEPARATOR: lambda _: ["---"],
}


def _poll(message: Message) -> Iterator[str]:
    if message.poll is not None:
        answers = " | ".join(f"{it.text or it.emoji}: {len(it.voters)}" for it in message.poll.answers)
        yield f"poll: {message.poll.question} {answers}" + " (ended)" * message.poll.is_finalized


def _reactions(message: Message) -> str:
    return "reactions: " + ", ".join(f"{emoji} {len(users)}" for emoji, users in message.reactions.items())
