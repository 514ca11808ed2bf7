"""What makes a start quick: the garbage collector at rest, and packages that nothing here uses left out."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def loading() -> Iterator[None]:
    """Import and build within this block; the collector does not look at what is made there, now or later.

    Looking while the process imports takes a seventh of its start. Looking later, at every full collection,
    stops the event loop for some 40 ms.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


@contextmanager
def without(package: str) -> Iterator[None]:
    """Import within this block as if the package were not installed; who imports it later gets it."""
    modules: dict[str, Any] = sys.modules
    loaded = modules.get(package)
    modules[package] = None
    try:
        yield
    finally:
        del modules[package]
        if loaded is not None:
            modules[package] = loaded
