"""What the measuring of coverage needs before anything is imported, in each worker of the tests.

Our own modules are imported as everybody imports them, not with asserts that pytest has rewritten: since the package is
a plugin of pytest, pytest would rewrite all of it, and what it rewrites has no branches to measure.
"""

from __future__ import annotations

import ast
import inspect
import sys
import threading
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from _pytest.assertion.rewrite import AssertionRewritingHook
from slipcover import Slipcover, branch  # type: ignore[import-untyped]
from slipcover.importer import SlipcoverLoader  # type: ignore[import-untyped]

PATIENCE = 10_000
"""Hits of a probe that was hit before, until probes are taken out: to look for them in all modules takes long."""

for finder in sys.meta_path:
    if isinstance(finder, AssertionRewritingHook):
        finder._must_rewrite.discard("guildbase")  # noqa: SLF001 - There is no public way to take a name back.

# The option for this reaches no worker.
_parameters = list(inspect.signature(Slipcover.__init__).parameters.values())[1:]
Slipcover.__init__.__defaults__ = tuple(PATIENCE if it.name == "d_miss_threshold" else it.default for it in _parameters)

_codes: dict[Path, CodeType] = {}
_reading = threading.Lock()


def _exec_module(loader: Any, module: ModuleType) -> None:
    """Load the module with probes, which it gets once: Alembic loads a revision hundreds of times in the tests.

    CPython 3.11 fails where two threads parse at the same time.
    """
    with _reading:
        code = _codes.get(loader.origin)
        if code is None:
            tree = branch.preinstrument(ast.parse(loader.origin.read_bytes()))
            loader.sci.register_module(module)
            code = _codes[loader.origin] = loader.sci.instrument(compile(tree, str(loader.origin), "exec"))
    exec(code, module.__dict__)  # noqa: S102 - This is what loading is.


SlipcoverLoader.exec_module = _exec_module


def pytest_configure() -> None:
    """Measure files that are loaded by their paths, too: Alembic does so with revisions."""
    from slipcover import pytest_plugin, wrap_spec_from_file_location

    if pytest_plugin._slipcover_instance is not None:  # noqa: SLF001 - In workers only the plugin has it.
        wrap_spec_from_file_location(pytest_plugin._slipcover_instance, pytest_plugin._file_matcher)  # noqa: SLF001
