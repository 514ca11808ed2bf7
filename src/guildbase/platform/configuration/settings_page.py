"""The page of all that a server may set, made from the settings models of the features."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from guildbase.core.feature import Feature
from guildbase.core.registry import FeatureRegistry
from guildbase.platform.configuration.fields import Kind, SettingField, fields_of

_HEAD = """\
# What a server may set

This page is made from the settings models by `make generate`; `guildbase guild settings` prints it for the features
that you run. `/config` and the API are made of the same models. [The guide](../guides/settings.md) tells what a change
promises.
"""
_KINDS = {
    Kind.BOOL: "yes or no",
    Kind.INTEGER: "whole number",
    Kind.NUMBER: "number",
    Kind.TEXT: "text",
    Kind.CHOICE: "choice",
    Kind.ROLE: "role",
    Kind.CHANNEL: "channel",
    Kind.USER: "person",
    Kind.MESSAGE: "message id",
    Kind.COLOUR: "colour",
    Kind.DURATION: "duration, such as `1d 2h`",
    Kind.EMOJI: "emoji",
    Kind.LOCALE: "language",
    Kind.TIME_ZONE: "time zone",
    Kind.PERMISSIONS: "permissions",
    Kind.INVITE: "invite",
    Kind.OTHER: "JSON",
}


def settings_page(registry: FeatureRegistry) -> str:
    """Return the page, in Markdown."""
    models = registry.settings_models()
    parts = [_feature(registry.features[name], fields_of(models[name]).values()) for name in sorted(models)]
    return "\n".join([_HEAD, *("\n".join(part) for part in parts)])


def _feature(feature: Feature, fields: Iterable[SettingField]) -> Iterator[str]:
    yield f"## `{feature.name}`\n\n{feature.summary}\n"
    yield "| setting | value | default | what it does |\n|---|---|---|---|"
    for field in fields:
        yield f"| `{field.key}` | {_cell(_value(field))} | {_default(field)} | {_cell(field.description)} |"
    yield ""


def _value(field: SettingField) -> str:
    told = _KINDS[field.kind]
    if field.kind is Kind.CHOICE:
        told = " or ".join(f"`{choice}`" for choice in field.choices)
    told += _between(field.low, field.high, " characters" if field.kind is Kind.TEXT else "")
    if field.is_many:
        told = f"list of {told}{_between(field.fewest, field.most, ' entries')}"
    return f"{told}, or nothing" if field.is_optional else told


def _between(low: float | None, high: float | None, unit: str) -> str:
    if low is not None and high is not None:
        return f", {low:g} to {high:g}{unit}"
    if low is not None:
        return f", at least {low:g}{unit}"
    return f", at most {high:g}{unit}" if high is not None else ""


def _default(field: SettingField) -> str:
    if field.default is None or field.default in ([], {}, ""):
        return "nothing"
    if isinstance(field.default, bool):
        return "yes" if field.default else "no"
    text = field.default if isinstance(field.default, str) else orjson.dumps(field.default).decode()
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
