"""`@cached`: a controller's method whose result is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cached_property, partial, wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, get_type_hints

from guildbase.core.settings import Settings
from guildbase.services.cache.codec import JsonCodec
from guildbase.services.cache.service import CacheService
from guildbase.services.container import BotServices


class HasServices(Protocol):
    """A controller, or what else knows its services."""

    services: BotServices


P = ParamSpec("P")
ControllerT = TypeVar("ControllerT", bound=HasServices)
ResultT = TypeVar("ResultT")

Method = Callable[Concatenate[ControllerT, P], Awaitable[ResultT]]


def cached(
    kind: str, *, ttl: str, tags: Callable[P, tuple[str, ...]]
) -> Callable[[Method[ControllerT, P, ResultT]], Method[ControllerT, P, ResultT]]:
    """Keep the method's result by its arguments, which are ids, words and the like.

    `ttl` names a setting; `tags` takes the same arguments. Judge rights before: the result serves all callers. It is
    shared, so let it be a frozen dataclass, a Pydantic model that nobody changes, or a tuple of such.

    Raises:
        ValueError: there is no such setting.
    """
    if ttl not in Settings.model_fields:
        raise ValueError(f"There is no setting {ttl}.")

    def decorate(method: Method[ControllerT, P, ResultT]) -> Method[ControllerT, P, ResultT]:
        result = _Result(method)

        @wraps(method)
        async def read(self: ControllerT, /, *args: P.args, **kwargs: P.kwargs) -> ResultT:
            return await self.services.get(CacheService).get_or_load(
                f"{kind}:{_name(args, kwargs)}",
                partial(method, self, *args, **kwargs),
                tags=tags(*args, **kwargs),
                ttl=getattr(self.services.get(Settings), ttl),
                codec=result.codec,
            )

        return read

    return decorate


class _Result:
    """The type that a method returns; looked up at the first call, when all modules are loaded."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self._method = method

    @cached_property
    def codec(self) -> JsonCodec[Any]:
        return JsonCodec(get_type_hints(self._method)["return"])


def _name(args: tuple[object, ...], kwargs: dict[str, object]) -> str:
    """Return text that other arguments do not have; it begins with the first argument."""
    given = [*map(_argument, args), *(f"{name}={_argument(value)}" for name, value in sorted(kwargs.items()))]
    return ",".join(given)


def _argument(value: object) -> str:
    if value is not None and not isinstance(value, int | str):
        raise TypeError(f"A {type(value).__name__} cannot be part of a cache's key; give its id.")
    return repr(value)
