"""The services of one process, looked up by type, and their life from start to close."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

import structlog

log = structlog.get_logger(__name__)

ServiceT = TypeVar("ServiceT")


@runtime_checkable
class Closable(Protocol):
    """A service that holds something to give back."""

    async def close(self) -> None:
        """Give it back."""
        ...


@runtime_checkable
class Startable(Protocol):
    """A service that does something in the background from the start of the process."""

    async def start(self) -> None:
        """Begin."""
        ...


class BotServices:
    """Finds the one instance of a type in this process; it is made when first asked for."""

    def __init__(self) -> None:
        self._instances: dict[type[Any], object] = {}
        self._factories: dict[type[Any], Callable[[BotServices], object]] = {}

    def add(self, kind: type[ServiceT], instance: ServiceT) -> ServiceT:
        """Offer this instance under the type (often an interface)."""
        self._instances[kind] = instance
        return instance

    def provide(self, kind: type[ServiceT], factory: Callable[[BotServices], ServiceT]) -> None:
        """Offer what the factory makes under the type; it is made when first asked for."""
        self._factories[kind] = factory

    def get(self, kind: type[ServiceT]) -> ServiceT:
        """Return the instance of the type; a controller needs no registration.

        Raises:
            LookupError: nothing of this type is offered.
        """
        if kind not in self._instances:
            factory = self._factories.get(kind)
            if factory is None:
                # Every controller is built from the container alone, so none has to be registered.
                if not getattr(kind, "is_controller", False):
                    raise LookupError(f"No {kind.__name__} among the services.")
                factory = cast("Callable[[BotServices], object]", kind)
            self._instances[kind] = factory(self)
        return cast("ServiceT", self._instances[kind])

    def has(self, kind: type[Any]) -> bool:
        """Tell whether something is offered under the type."""
        return kind in self._instances or kind in self._factories

    async def start(self) -> None:
        """Start the services that are made, in the order of their making; commands that run once do without."""
        for instance in {id(instance): instance for instance in self._instances.values()}.values():
            # Others have a `start` of their own meaning, such as that of a named loop.
            if isinstance(instance, Startable) and inspect.iscoroutinefunction(instance.start):
                await instance.start()

    async def close(self) -> None:
        """Close the services in the reverse order of their making; one failure does not keep the rest open."""
        distinct = {id(instance): instance for instance in self._instances.values()}
        for instance in reversed(distinct.values()):
            # Others have a `close` of their own meaning, such as that of a numbered ticket.
            if isinstance(instance, Closable) and not inspect.signature(instance.close).parameters:
                try:
                    await instance.close()
                except Exception:
                    log.exception("service_close_failed", service=type(instance).__name__)
        self._instances.clear()
