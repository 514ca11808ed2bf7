"""A world in a file: saved whole, in readable JSON, and put in the place of another."""

from __future__ import annotations

import os
import tempfile
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import orjson

from guildbase.core.snowflake import snowflake_time
from guildbase.simulator.errors import Json
from guildbase.simulator.world import invites, polls, threads
from guildbase.simulator.world.codec import NotReadable, Reader, Writer
from guildbase.simulator.world.contents import Contents
from guildbase.simulator.world.state import World

FORMAT = "guildbase world"
VERSION = 1
WITH_THINGS_DUE = (invites, polls, threads)
_STYLE = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME


class WorldFileError(Exception):
    """What was given is no world that can be loaded; nothing was changed."""


def save(world: World, path: Path) -> None:
    """Write the world to the file; whatever happens meanwhile, the file has the old world or the new one, whole."""
    _replace(path, orjson.dumps(describe(world), option=_STYLE))


def load(world: World, path: Path) -> None:
    """Put the file's world in the place of this one; raise WorldFileError and change nothing if that cannot be."""
    try:
        restore(world, orjson.loads(path.read_bytes()))
    except OSError as error:
        raise WorldFileError(f"{path}: {error.strerror or error}") from error
    except orjson.JSONDecodeError as error:
        raise WorldFileError(f"{path}: no world, but broken or other data ({error})") from error
    except WorldFileError as error:
        raise WorldFileError(f"{path}: {error}") from error


def describe(world: World) -> Json:
    """Return the whole world as JSON."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "last_id": str(world.new_id()),
        "clock_ahead": world.clock.ahead,
        "world": Writer().write(world, ""),
    }


def restore(world: World, data: object) -> None:
    """Put the described world in the place of this one.

    Time went on while it lay somewhere, as it does on Discord. The token stays that of the running program,
    since bots know it already.
    """
    last, ahead, contents = _read(data)
    contents.application.token = world.application.token
    contents.presences.pop(contents.bot.id, None)  # No session of it came along.
    for one in fields(Contents):
        setattr(world, one.name, getattr(contents, one.name))
    world.actor = world.bot
    world.clock.forget()
    # Ids made from now on must be greater than any that came along, wherever and whenever they were made.
    behind = (last - world.clock.now()).total_seconds() + 0.001
    world.clock.advance(max(0.0, ahead - world.clock.ahead, behind))
    for kind in WITH_THINGS_DUE:
        kind.schedule_all(world)
    world.watch.changed()


def _read(data: object) -> tuple[datetime, float, Contents]:
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise WorldFileError("no world of the simulator")
    if data.get("version") != VERSION:
        raise WorldFileError(f"written as version {data.get('version')}; this Guildbase reads version {VERSION}")
    try:
        contents: Contents = Reader().read(Contents, data["world"], "")
        _check_people(contents)
        return snowflake_time(int(data["last_id"])), float(data["clock_ahead"]), contents
    except (NotReadable, LookupError, TypeError, ValueError) as error:
        raise WorldFileError(f"not whole, or written by another version of Guildbase: {error}") from error


def _check_people(contents: Contents) -> None:
    """Whoever edits a file by hand may leave a member or an author behind who is nobody any longer."""
    for guild in contents.guilds.values():
        for user_id in guild.members.stored:
            if user_id not in contents.users:
                raise NotReadable(f"/guilds/{guild.id}/members", f"there is no user {user_id}")
    for channel_id, messages in contents.messages.items():
        for message in messages.values():
            if message.webhook is None and message.author_id not in contents.users:
                raise NotReadable(f"/messages/{channel_id}/{message.id}", f"there is no user {message.author_id}")


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file and rename. Only its owner may read it, for it holds secrets of the application."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
