"""What settings documents mean and how they differ; nothing here reads or writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Generic, Literal, TypeVar

import orjson
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from guildbase.core.errors import InvalidInput
from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.database.rows.validation import unstorable_document
from guildbase.platform.configuration.problems import problem_text

SettingsT = TypeVar("SettingsT", bound=FeatureSettings)

MAX_DOCUMENT = 64 * 1024
"""Bytes that the settings of one feature may take in one server."""
MAX_PROBLEMS = 25
"""Mistakes that one refusal tells."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How one key of a document differs; `before` or `after` is None if the key was or is not set."""

    key: str
    kind: Literal["added", "changed", "removed"]
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Reading(Generic[SettingsT]):
    """What a stored document says."""

    settings: SettingsT
    document: Mapping[str, Any]
    """In today's shape, also with what is ignored."""
    ignored: Mapping[str, str]
    """Keys whose value does not count, because it does not fit any more, each with the reason."""
    obstacle: str = ""
    """Why the document cannot be added to, if that is so."""

    @property
    def counting(self) -> dict[str, Any]:
        """The part of the document that counts."""
        return {key: value for key, value in self.document.items() if key not in self.ignored}


@dataclass(frozen=True, slots=True)
class NewSettings:
    """What somebody wants to set of a feature; others may add rules for it to the ValidationService."""

    caller: Caller
    guild_id: int
    feature: str
    settings: FeatureSettings
    before: FeatureSettings
    """What is set now."""


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return how the second document differs from the first, by key in alphabetical order."""
    return tuple(
        _difference(key, before, after)
        for key in sorted(before.keys() | after.keys())
        if key not in before or key not in after or not _is_same(before[key], after[key])
    )


def to_changes(differences: Iterable[Difference]) -> dict[str, Any]:
    """Return the differences as the history keeps them."""
    parts = {"added": ("after",), "removed": ("before",), "changed": ("before", "after")}
    return {it.key: {part: getattr(it, part) for part in parts[it.kind]} for it in differences}


def of_changes(changes: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return the differences that the history keeps in this form."""
    found = []
    for key, parts in sorted(changes.items()):
        kind: Any = "changed" if len(parts) > 1 else "added" if "after" in parts else "removed"
        found.append(Difference(key, kind, parts.get("before"), parts.get("after")))
    return tuple(found)


def read(model: type[SettingsT], document: Mapping[str, Any], shape: int) -> Reading[SettingsT]:
    """Return what the document says; a value that does not fit any more gives way to its default, and is told."""
    obstacle = ""
    if shape > model.shape:
        obstacle = _("These settings were stored by a newer version of the bot.")
    elif shape < model.shape:
        try:
            document = model.upgrade(dict(document), shape)
        except Exception as error:  # A stranger's code; the server has its defaults rather than a silent bot.
            obstacle = _("These settings are of an older version, and reading them failed.")
            return Reading(model.defaults(), document, dict.fromkeys(document, type(error).__name__), obstacle)
    try:
        return Reading(model.model_validate(document), document, {}, obstacle)
    except ValidationError:
        settings, ignored = _as_far_as_it_fits(model, document)
        return Reading(settings, document, ignored, obstacle)


def wanted_settings(model: type[SettingsT], wanted: Mapping[str, Any]) -> SettingsT:
    """Return the settings that these values make.

    Raises:
        InvalidInput: values are wrong; `problems` names them by key.
    """
    problems = {key: reason for key, value in wanted.items() if (reason := _unstorable(value))}
    if problems:
        raise refusal(problems)
    try:
        return model.model_validate(dict(wanted))
    except ValidationError as error:
        raise refusal(_problems(error)) from None


def as_document(settings: FeatureSettings, keys: Iterable[str]) -> dict[str, Any]:
    """Return the values of these keys as they are stored.

    Raises:
        InvalidInput: a value cannot be stored, or all are too large together.
    """
    try:
        document = settings.model_dump(mode="json", include=set(keys))
    except (PydanticSerializationError, ValueError) as error:
        raise refusal({"settings": f"they cannot be written as JSON ({type(error).__name__})"}) from None
    problems = {key: reason for key, value in document.items() if (reason := unstorable_document(value))}
    if problems:
        raise refusal(problems)
    size = len(orjson.dumps(document))
    if size > MAX_DOCUMENT:
        told = _("they take {size} bytes, more than the {most} that there are", size=size, most=MAX_DOCUMENT)
        raise refusal({"settings": told})
    return document


def refusal(problems: Mapping[str, str]) -> InvalidInput:
    """Return the error that tells all that is wrong, by key."""
    told = dict(list(problems.items())[:MAX_PROBLEMS])
    text = "; ".join(f"{key}: {reason}" for key, reason in told.items())
    return InvalidInput(
        _("That cannot be set: {problems}.", problems=text),
        hint=_("Nothing was changed. `/config show` tells what can be set."),
        problems=told,
    )


def near(word: str, known: Iterable[str]) -> list[str]:
    """Return up to three known words that the word may be a slip of, else the first of all."""
    words = sorted(known)
    return get_close_matches(word, words, n=3, cutoff=0.5) or words[:10]


def _difference(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    if key not in before:
        return Difference(key, "added", after=after[key])
    if key not in after:
        return Difference(key, "removed", before=before[key])
    return Difference(key, "changed", before[key], after[key])


def _is_same(one: Any, other: Any) -> bool:
    # In Python True is 1 and 1.0; as a setting it is not.
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)


def _as_far_as_it_fits(model: type[SettingsT], document: Mapping[str, Any]) -> tuple[SettingsT, dict[str, str]]:
    """Take in one key after the other, and leave out those with which the whole does not hold."""
    settings, fitting, ignored = model.defaults(), dict[str, Any](), dict[str, str]()
    for key, value in document.items():
        try:
            settings = model.model_validate({**fitting, key: value})
            fitting[key] = value
        except ValidationError as error:
            ignored[key] = next(iter(_problems(error).values()))
    return settings, ignored


def _problems(error: ValidationError) -> dict[str, str]:
    problems: dict[str, str] = {}
    for found in error.errors(include_input=False, include_url=False):
        place = ".".join(str(part) for part in found["loc"]) or "settings"
        problems.setdefault(place[:100], problem_text(found))
    return problems


def _unstorable(value: Any) -> str | None:
    """Return why the value could not be stored; values of Python's own types become JSON later."""
    return unstorable_document(value) if isinstance(value, str | int | float | list | dict) else None
