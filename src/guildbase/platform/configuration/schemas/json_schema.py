"""The JSON Schema of a settings model, for forms such as the dashboard's."""

from __future__ import annotations

from typing import Any

from guildbase.core import validators
from guildbase.core.feature_settings import FeatureSettings
from guildbase.platform.configuration.fields import Kind, SettingField, fields_of

_IDS = {Kind.ROLE, Kind.CHANNEL, Kind.USER, Kind.MESSAGE}


def schema_of(model: type[FeatureSettings]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the documents that are stored of the model.

    Besides the standard's words each property has `x-kind` (one of `Kind`: what to pick a value with), and the whole
    has `x-shape`.
    """
    from pydantic.json_schema import GenerateJsonSchema  # Not needed to start.

    class Generator(GenerateJsonSchema):
        # A default may be written as people write it, such as "14d"; what it is as JSON is put in below.
        ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 - as it is declared.

    schema = model.model_json_schema(mode="serialization", schema_generator=Generator)
    schema.pop("required", None)  # A document holds only what was set.
    for key, field in fields_of(model).items():
        _explain(schema["properties"][key], field)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "x-shape": model.shape}


def _explain(property_: dict[str, Any], field: SettingField) -> None:
    property_["default"], property_["x-kind"] = field.default, field.kind.value
    value = _value_schema(property_, field)
    if field.kind in _IDS:
        value["pattern"] = "^[0-9]{17,20}$"
    elif field.kind is Kind.LOCALE:
        value["enum"] = list(field.choices)
    elif field.kind is Kind.COLOUR:
        value.update(minimum=0, maximum=validators.LARGEST_COLOUR)
    elif field.kind is Kind.DURATION:
        value.update(type="string", examples=["1d 2h 30m"])


def _value_schema(property_: dict[str, Any], field: SettingField) -> dict[str, Any]:
    """Return the part of the property that is about one value which is there."""
    value: dict[str, Any] = property_
    if field.is_optional and not field.is_many:
        value = next((it for it in value.get("anyOf", ()) if it.get("type") != "null"), value)
    return value["items"] if field.is_many else value
