"""What a server may set of a feature: one Pydantic model, from which everything else is made.

The model yields checks, defaults, storage, `/config`, the dashboard's form, the reference page, export, history.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from guildbase.core.errors import ConfigurationError


class FeatureSettings(BaseModel):
    """Base of a feature's settings. Every field has a default and a description, and its value never changes.

    A field's type says how it is picked: `bool`, numbers and text with bounds, `Literal` or an enum, and from
    `core.validators` ids, colours, durations, locales and time zones; lists of these are tuples.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        str_strip_whitespace=True,
        allow_inf_nan=False,
        defer_build=True,
    )

    shape: ClassVar[int] = 1
    """Raise it when stored documents need `upgrade`: a field has another name or meaning."""
    _defaults: ClassVar[FeatureSettings]

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        for name, field in cls.model_fields.items():
            if field.is_required() or not field.description:
                told = f"{name}: {_type_name(field.annotation)} = Field(default=..., description='What it does.')"
                raise ConfigurationError(
                    f"{cls.__name__}.{name} needs a default and a description.", hint=f"Write {told}."
                )

    @classmethod
    def upgrade(cls, document: dict[str, Any], shape: int) -> dict[str, Any]:
        """Return a document that was stored in an older shape as one of today's."""
        return document

    @classmethod
    def defaults(cls) -> Self:
        """Return what holds where nothing is set: one instance, which all servers share."""
        if "_defaults" not in cls.__dict__:
            cls._defaults = cls()
        return cls._defaults  # type: ignore[return-value] # It is of this very class.


def _type_name(annotation: Any) -> str:
    return getattr(annotation, "__name__", str(annotation))
