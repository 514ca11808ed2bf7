"""Tells the garbage collector what a start is: a hundred thousand new objects, of which all stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
