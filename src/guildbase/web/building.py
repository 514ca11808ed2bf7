"""Builds the dashboard into a folder, if what it is made of has changed since the last time."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from guildbase.web.licences import LICENCES, licences
from guildbase.web.node import BuildFailed, Node, require_node

STAMP = ".sources"
"""File of a build that says what it was made of."""
_NOT_SOURCES = frozenset({"node_modules", ".next", "out", "out.new", "out.old", "next-env.d.ts", "openapi.json"})
"""What lies in the folder of the sources and is not needed for the pages, or comes from the build."""
_GENERATED = frozenset({"registry.gen.ts"})
_INSTALLED = "node_modules/.installed"
_LOCK = "build.lock"
_TYPES = "types/routes.d.ts"
"""Checking the types of a checkout that was never built leaves this where the pages belong."""
_SHOWN_LINES = 40
Tell = Callable[[str], None]


def build(sources: Path, out: Path, *, plugins: Path | None = None, work: Path | None = None, tell: Tell) -> bool:
    """Build the dashboard into `out`; return False if it is up to date already.

    `plugins` is a folder of plugins, which are built in. The work is done in `work`, with a copy of the sources, or
    in their own folder if none is given. `out` is replaced in one step, so whoever reads it sees a whole build.

    Raises:
        BuildFailed: there is no Node.js, one of its programs failed, or one of the folders is not for this.
    """
    _require_free(out, STAMP, "_next", _TYPES)
    if work is not None:
        _require_free(work, _LOCK)
    place = work or sources
    place.mkdir(parents=True, exist_ok=True)
    with _alone(place):
        made_of = fingerprint(sources, plugins)
        if _stamp_of(out) == made_of:
            return False
        node = require_node()
        if work is not None:
            _copy(sources, plugins, work)
        install_packages(place, node, tell)
        tell("Building the pages of the dashboard (about half a minute) …")
        run(node, place, [str(node.node), "scripts/gen-plugins.mjs"])
        _remove(place / "out.new")
        types = {} if plugins is None else {"GUILDBASE_CHECK_TYPES": "1"}
        command = [str(node.node), "node_modules/next/dist/bin/next", "build"]
        run(node, place, command, GUILDBASE_BUILD_DIR="out.new", **types)
        (place / "out.new" / LICENCES).write_text(licences(place), encoding="utf-8")
        (place / "out.new" / STAMP).write_text(made_of)
        _replace(place / "out.new", out)
    return True


def _require_free(folder: Path, *marks: str) -> None:
    """Raise BuildFailed if the folder holds what is not of a build, since all that is in it will be deleted."""
    is_ours = not folder.exists() or not any(folder.iterdir()) or any((folder / mark).exists() for mark in marks)
    if not is_ours:
        raise BuildFailed(f"{folder} holds something else, which would be deleted. Name another folder, or empty it.")


def is_current(sources: Path, out: Path) -> bool:
    """Tell whether the build in `out` was made of these sources."""
    return _stamp_of(out) == fingerprint(sources)


def fingerprint(sources: Path, plugins: Path | None = None) -> str:
    """Return what changes with any file that the pages are made of."""
    digest = hashlib.sha256()
    for folder in (sources, plugins):
        for path in _files(folder) if folder is not None else ():
            held = path.read_bytes()
            digest.update(f"{path.relative_to(folder or sources).as_posix()}\0{len(held)}\0".encode())
            digest.update(held)
    return digest.hexdigest()


def source_files(sources: Path) -> Iterator[Path]:
    """Yield every file that the pages are made of, in order."""
    return _files(sources)


def install_packages(place: Path, node: Node, tell: Tell) -> None:
    """Install what package-lock.json says, unless that is so already."""
    wanted = hashlib.sha256((place / "package-lock.json").read_bytes()).hexdigest()
    mark = place / _INSTALLED
    if mark.exists() and mark.read_text() == wanted:
        return
    tell("Installing the packages of the dashboard (once, about a minute) …")
    run(node, place, node.npm_command("ci", "--no-audit", "--no-fund"))
    mark.write_text(wanted)


def run(node: Node, place: Path, command: list[str], **variables: str) -> None:
    """Run a program of the dashboard's in its folder.

    Raises:
        BuildFailed: it did not end well; with the end of what it said.
    """
    environment = node.environment(os.environ) | variables | {"NO_COLOR": "1"}
    environment.pop("FORCE_COLOR", None)
    ended = subprocess.run(  # noqa: S603 - the programs are the dashboard's own.
        command, cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    if ended.returncode != 0:
        said = "\n".join(ended.stdout.splitlines()[-_SHOWN_LINES:])
        raise BuildFailed(f"{Path(command[-2]).name} {command[-1]} failed:\n{said}")


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if _is_no_source(path.name):
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def _is_no_source(name: str) -> bool:
    is_made = name in _NOT_SOURCES or name in _GENERATED
    return is_made or ".test." in name or name.endswith((".lock", ".tsbuildinfo"))


def _copy(sources: Path, plugins: Path | None, work: Path) -> None:
    """Make the work folder hold these sources and plugins; what was installed before stays."""
    for entry in work.iterdir():
        if entry.name not in ("node_modules", ".next") and not entry.name.endswith(".lock"):
            _remove(entry)
    _copy_files(_files(sources), sources, work)
    if plugins is not None:
        for plugin in _plugins(plugins):
            _copy_files(_files(plugin), plugin, work / "src" / "plugins" / plugin.name)


def _plugins(folder: Path) -> list[Path]:
    """Return the plugins in the folder; what begins with a dot or is not theirs, such as `.git`, is none.

    Raises:
        BuildFailed: it is a plugin itself, holds none, or holds a folder that is none.
    """
    if (folder / "plugin.ts").exists():
        raise BuildFailed(f"{folder} is a plugin itself. Name the folder around it.")
    found = sorted(
        path for path in folder.iterdir() if path.is_dir() and path.name[0] != "." and not _is_no_source(path.name)
    )
    if not found:
        raise BuildFailed(f"{folder} holds no plugin: each is a folder with a plugin.ts.")
    for plugin in found:
        if not (plugin / "plugin.ts").exists():
            raise BuildFailed(f"{plugin} is no plugin: it has no plugin.ts.")
    return found


def _copy_files(files: Iterable[Path], start: Path, target: Path) -> None:
    for path in files:
        copy = target / path.relative_to(start)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _replace(new: Path, out: Path) -> None:
    """Put the new folder in the place of the old one; it comes from another file system, perhaps."""
    out.parent.mkdir(parents=True, exist_ok=True)
    beside, old = out.with_name(f"{out.name}.new"), out.with_name(f"{out.name}.old")
    if beside != new:
        _remove(beside)
        shutil.move(new, beside)
    _remove(old)
    if out.exists():
        out.rename(old)
    beside.rename(out)
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _stamp_of(out: Path) -> str | None:
    with suppress(OSError):
        return (out / STAMP).read_text()
    return None


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Let one build after the other work in the folder."""
    try:
        import fcntl
    except ImportError:  # pragma: no cover - Windows has no such lock, and nobody builds twice at a time there.
        yield
        return
    with (place / _LOCK).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
