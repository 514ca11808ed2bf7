"""The JSON document of an export: its text, and what it says besides the sections. It comes from strangers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from guildbase.core.errors import InvalidInput
from guildbase.core.guild_sections import Refers
from guildbase.core.i18n import _
from guildbase.core.snowflake import is_snowflake, read_snowflake
from guildbase.core.untrusted_json import read_json
from guildbase.database.rows.validation import unstorable_document
from guildbase.platform.configuration.import_plan import Directory, Named, Origin, Place

FORMAT, VERSION = "guildbase.server", 1
MAX_BYTES = 1_000_000
"""What an export may take as JSON."""
MOST_PROBLEMS = 50
"""Mistakes that one refusal tells."""


def read_export(text: bytes | str) -> Any:
    """Return the document that the text holds; what it says is checked when an import is planned.

    Raises:
        InvalidInput: it is too large, or no JSON that has one meaning.
    """
    return read_json(text, most_bytes=MAX_BYTES)


def export_text(document: Mapping[str, Any]) -> bytes:
    """Return the text of an export, which people can read, too; the same document gives the same text."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def origin_of(document: Any) -> Origin:
    """Return where the export comes from.

    Raises:
        InvalidInput: it is no export, or one of another version; `problems` tells all that is wrong.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidInput(
            _("This is no export of a server."), hint=_("Choose a file that `/config export` has written.")
        )
    if document.get("version") != VERSION:
        raise InvalidInput(
            _("This export was written by another version of the bot."),
            hint=_("Its format must be {version}. Update the bot, or export again.", version=VERSION),
        )
    if reason := unstorable_document(document):
        raise refusal({"export": reason})
    guild_id = _id_of(document.get("guild_id"))
    problems = {} if guild_id else {"guild_id": _("it is no id of a server")}
    for key in ("sections", "roles", "channels"):
        if not isinstance(document.get(key), dict):
            problems[key] = _("it is no JSON object")
    if problems or not guild_id:
        raise refusal(problems)
    names = [*_names(Refers.ROLE, document["roles"]), *_names(Refers.CHANNEL, document["channels"])]
    return Origin(guild_id, Directory(dict(names)))


def written(named: Named) -> dict[str, str]:
    """Return a name as it stands in the document."""
    return {"name": named.name, "kind": named.kind} if named.kind else {"name": named.name}


def refusal(problems: Mapping[str, str], *, hint: str = "") -> InvalidInput:
    """Return the error that tells all that is wrong, by place."""
    told = dict(list(problems.items())[:MOST_PROBLEMS])
    text = "; ".join(f"{place}: {reason}" for place, reason in told.items())
    return InvalidInput(
        _("This cannot be imported: {problems}.", problems=text),
        hint=hint or _("Nothing was changed. Mend the file, or export again."),
        problems=told,
    )


def _names(refers: Refers, given: Mapping[str, Any]) -> Iterator[tuple[Place, Named]]:
    for text, named in given.items():
        found, known = _id_of(text), named if isinstance(named, dict) else {}
        name, kind = known.get("name"), known.get("kind", "")
        if not found or not isinstance(name, str) or not isinstance(kind, str):
            raise refusal({f"{refers}s.{text[:20]}": _("it is no id with its name")})
        yield (refers, found), Named(name, kind)


def _id_of(text: Any) -> int | None:
    found = read_snowflake(text) if isinstance(text, str) else None
    return found if found is not None and is_snowflake(found) else None
