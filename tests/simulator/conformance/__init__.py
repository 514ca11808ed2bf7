"""The operations of Discord's API that the simulator answers, each proven by a walk; one module for each resource."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tests.simulator.conformance.walk import ENTRIES, Entry


def entries() -> list[Entry]:
    """Return all registered walks."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return ENTRIES


def proven() -> set[str]:
    """Return the ids of all operations that a walk proves."""
    return {operation for entry in entries() for operation in entry.operations}
