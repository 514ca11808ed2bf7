"""Shows in the terminal what happens on the local Discord."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from guildbase.simulator import Simulator
from guildbase.simulator.control.feed import Happening
from guildbase.simulator.errors import Json

WAIT = 3600.0  # seconds; a wait that ends without news simply begins again
_VERBS = {"MESSAGE_CREATE": "", "MESSAGE_UPDATE": " edited"}


class Screen:
    """Prints messages as they come, with the names that people know."""

    def __init__(self, discord: Simulator, console: Console) -> None:
        self._discord = discord
        self._console = console

    async def watch(self, is_me: Callable[[int], bool]) -> None:
        """Print everything that the person may see, and direct messages to others, until cancelled."""
        number = self._discord.feed.number
        while True:
            for entry in await self._discord.feed.wait(number, None, WAIT):
                number = entry.number
                if entry.event in _VERBS and (line := self._line(entry, is_me)) is not None:
                    self._console.print(line)

    def _line(self, entry: Happening, is_me: Callable[[int], bool]) -> Text | None:
        author = entry.data["author"]
        where = self._where(entry, is_me)
        if where is None or (is_me(int(author["id"])) and entry.event == "MESSAGE_CREATE"):
            return None
        name = author.get("global_name") or author["username"]
        style = "bold cyan" if author.get("bot") else "bold"
        head = f"[{style}]{escape(name)}[/{style}][dim]{escape(where + _VERBS[entry.event])}[/dim]"
        width = max(self._console.width - 4, 20)
        lines = [
            part
            for line in self._text(entry.data).splitlines()
            for part in textwrap.wrap(line, width, subsequent_indent="  ")
        ]
        body = "\n".join(f"  [cyan]│[/cyan] {escape(line)}" for line in lines)
        return Text.from_markup(f"{head}\n{body}")

    def _where(self, entry: Happening, is_me: Callable[[int], bool]) -> str | None:
        """Return where the message is to be read, or None if it is for another person's eyes in a channel."""
        world = self._discord.world
        channel = world.channels.get(entry.channel_id or 0)
        if channel is not None and channel.recipient_id is not None:
            reader = world.users[channel.recipient_id]
            return " to you in private" if is_me(reader.id) else f" to {reader.username} in private"
        if entry.audience is not None:
            return " (only you see this)" if any(map(is_me, entry.audience)) else None
        return f" in #{channel.name}" if channel is not None else ""

    def _text(self, message: Json) -> str:
        parts = [message.get("content") or ""]
        for embed in message.get("embeds") or []:
            parts += [embed.get("title") or "", embed.get("description") or ""]
            parts += [_field(field["name"], field["value"]) for field in embed.get("fields") or []]
            parts.append((embed.get("footer") or {}).get("text") or "")
        return self._readable("\n".join(part for part in parts if part))

    def _readable(self, text: str) -> str:
        """Replace Discord's marks by what its client would show."""
        text = re.sub(r"<@!?(\d+)>", lambda found: f"@{self._user_name(int(found[1]))}", text)
        text = re.sub(r"<t:\d+(?::\w)?>", "just now", text)
        return text.replace("**", "").replace("`", "")

    def _user_name(self, user_id: int) -> str:
        user = self._discord.world.users.get(user_id)
        return user.username if user else "unknown"


def _field(name: str, value: str) -> str:
    return f"{name}:\n{textwrap.indent(value, '  ')}" if "\n" in value else f"{name}: {value}"
