"""A text that is stored encrypted and that shows itself to nobody who does not ask for it."""

from __future__ import annotations

from typing import Any, NoReturn, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema
from sqlalchemy.exc import DontWrapMixin

from guildbase.core.crypto import Keyring
from guildbase.core.errors import GuildbaseError

_HIDDEN = "**********"


class RowUnknown(GuildbaseError):
    """A secret cannot be read without the row that it is bound to."""

    code = "row_unknown"


class NotSealed(DontWrapMixin, TypeError):
    """A statement would store a secret as it is; SQLAlchemy passes this error on as it is too."""


class Secret:
    """A text that shows itself only to `get_secret_value()`: not to logs, `repr`, exceptions or a dump of the row."""

    __slots__ = ("_context", "_keyring", "_plain", "_sealed")

    def __init__(self, value: str | None, sealed: bytes | None = None) -> None:
        try:
            (value or "").encode()
        except UnicodeEncodeError:
            raise ValueError("A secret has a character that no text may have, a lone surrogate.") from None
        self._plain = value
        self._sealed = sealed
        self._context: bytes | None = None
        self._keyring: Keyring | None = None

    def __repr__(self) -> str:
        return f"Secret({_HIDDEN!r})"

    def __str__(self) -> str:
        return _HIDDEN

    def __reduce__(self) -> NoReturn:
        # Neither a cache nor a queue may get hold of it.
        raise TypeError("A secret cannot be pickled or copied; hand on the row's key.")

    def __len__(self) -> int:
        return len(self.get_secret_value())

    def get_secret_value(self) -> str:
        """Return the text.

        Raises:
            MissingKey: its key is not here.
            DecryptionFailed: it was changed or moved, or its key is another one.
        """
        if self._plain is not None:
            return self._plain
        if self._sealed is None or self._context is None or self._keyring is None:
            raise RowUnknown(
                "A secret was selected without its row.", hint="Select the whole row: its key is part of the lock."
            )
        return self._keyring.open(self._sealed, self._context).decode()

    @classmethod
    def stored(cls, sealed: bytes) -> Self:
        """Return what stands in a column; `belongs` tells it where that is."""
        return cls(None, sealed)

    def belongs(self, context: bytes, keyring: Keyring) -> None:
        """Say to which place the stored bytes belong and who has the keys."""
        self._context, self._keyring = context, keyring

    def sealed_for(self, context: bytes, keyring: Keyring) -> Self:
        """Return this secret encrypted for one place; it is itself if it was encrypted for that place already."""
        if self._sealed is not None and self._context == context:
            return self
        sealed = self.stored(keyring.seal(self.get_secret_value().encode(), context))
        sealed.belongs(context, keyring)
        return sealed

    def to_store(self) -> bytes:
        """Return the encrypted bytes; raise NotSealed if it was not encrypted for a row."""
        if self._sealed is None:
            raise NotSealed("A secret is written by the ORM or through `sealed_rows`, which know the row's key.")
        return self._sealed

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Take a text or a secret, and show neither in JSON."""
        return core_schema.no_info_plain_validator_function(
            cls._validated, serialization=core_schema.plain_serializer_function_ser_schema(str, when_used="json")
        )

    @classmethod
    def _validated(cls, value: Any) -> Secret:
        if isinstance(value, Secret):
            return value
        if not isinstance(value, str):
            raise ValueError("must be a text")
        return cls(value)
