"""Makes the README's picture: a real run of the demo, as its terminal shows it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
from pathlib import Path

from rich.console import Console

from guildbase.cli.demo.prompt import Conversation
from guildbase.cli.demo.run import demo
from guildbase.cli.demo.screen import Screen
from guildbase.core.settings import load_settings

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "demo.svg"
LINES = (
    "/warn user:priya reason:spam in #general",
    "!ping",
    "/cases",
    "/status",
)
PAUSE = 0.5  # seconds, for the answers to come


async def record() -> str:
    """Return the picture of a conversation as SVG without outside fonts."""
    console = Console(record=True, width=84, file=io.StringIO(), force_terminal=True, highlight=False)
    async with demo(load_settings(_env_file=None)) as started:
        conversation = Conversation(started.discord, console)
        screen = Screen(started.discord, console)
        watching = asyncio.create_task(screen.watch(conversation.is_mine))
        conversation.tell_place()
        for line in LINES:
            console.print(f"[dim]{conversation.place}>[/dim] {line}")
            await conversation.take(line)
            await asyncio.sleep(PAUSE)
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    svg = console.export_svg(title="make demo")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def main() -> None:
    """Write the picture."""
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(asyncio.run(record()))
    print(f"{PICTURE} written")


if __name__ == "__main__":
    main()
