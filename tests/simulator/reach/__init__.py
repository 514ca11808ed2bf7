"""A journey of an unmodified discord.py through all it can call and hear; one module for each part of the API."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tests.simulator.reach.journey import SCENARIOS, Scenario


def scenarios() -> list[Scenario]:
    """Return all registered scenarios."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return SCENARIOS
