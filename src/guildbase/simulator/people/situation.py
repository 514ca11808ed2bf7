"""What to tell whoever reads a failing test: what the bot did say, and what Discord refused it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice
from textwrap import indent

from guildbase.simulator.people.drawing import drawn
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.world.entities import Channel

_MESSAGES = 5
_TROUBLES = 5


def explained(scene: Scene, problem: str, channel: Channel | None) -> str:
    """Return the problem with what led to it: the channel's last messages, and the requests the bot got wrong."""
    return "\n".join([problem, *_last_messages(scene, channel), *_troubles(scene)])


def everything(scene: Scene) -> str:
    """Return what happened in all channels, for the report of a failed test."""
    used = [it for it in scene.world.channels.values() if scene.world.messages.get(it.id)]
    lines = [line for channel in used for line in _last_messages(scene, channel)]
    return "\n".join([*lines, *_troubles(scene), f"The bot's commands: {listed(_commands(scene))}."])


def listed(names: Iterable[str]) -> str:
    """Return the names with commas, or "none"."""
    return ", ".join(names) or "none"


def close_to(wanted: str, known: Iterable[str]) -> str:
    """Return a question whether something of a similar name was meant; empty if there is nothing similar."""
    found = get_close_matches(wanted, list(known), n=1)
    return f" Did you mean {found[0]!r}?" if found else ""


def _last_messages(scene: Scene, channel: Channel | None) -> Iterator[str]:
    if channel is None:
        return
    kept = scene.world.messages.get(channel.id, {})
    last = [kept[it] for it in islice(reversed(kept), _MESSAGES)][::-1]
    place = _place(scene, channel)
    yield f"The last messages in {place}:" if last else f"There are no messages in {place}."
    for message in last:
        yield indent(drawn(scene.world, message), "  ")


def _troubles(scene: Scene) -> Iterator[str]:
    if scene.stats.bot_errors:
        yield "What the bot did not handle:"
        yield from (f"  {it}" for it in scene.stats.bot_errors[-_TROUBLES:])
    refused = list(scene.stats.refusals)[-_TROUBLES:]
    if refused:
        yield "What Discord refused the bot lately:"
        yield from (f"  {it}" for it in refused)


def _commands(scene: Scene) -> list[str]:
    return sorted({it.name for scope in scene.world.commands.values() for it in scope.values()})


def _place(scene: Scene, channel: Channel) -> str:
    if channel.recipient_id is None:
        return f"#{channel.name}"
    return f"the direct conversation with {scene.world.users[channel.recipient_id].username}"
