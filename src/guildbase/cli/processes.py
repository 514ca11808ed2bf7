"""How a command runs: its settings, its event loop, and the processes that serve until they are told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from guildbase.core.loading import loading
from guildbase.core.logging import configure_logging
from guildbase.core.settings import LogFormat, Settings, load_settings

PARTS = {"up": (True, True), "bot": (True, False), "api": (False, True)}
"""Which of bot and API runs in a process, by the command that starts it."""


def serve_parts(name: str, *, until_stdin_closes: bool = False) -> None:
    """Run the parts of that name until they are told to stop."""
    with loading():
        from guildbase.cli.serve import serve

    with_bot, with_api = PARTS[name]
    settings = settings_with_logging()
    run(serve(settings, with_bot=with_bot, with_api=with_api, until_stdin_closes=until_stdin_closes))


def settings_with_logging() -> Settings:
    """Read the settings and send logs where they say."""
    settings = load_settings()
    as_json = {LogFormat.AUTO: None, LogFormat.JSON: True, LogFormat.CONSOLE: False}[settings.log_format]
    configure_logging(level=settings.log_level, as_json=as_json)
    return settings


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end on the fast event loop where there is one."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(work)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # pragma: no cover - uvloop has no Windows build.
        return None
    return uvloop.new_event_loop
