"""The texts that people read: found in the code, kept as a template and in a catalogue of each language."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from discord import app_commands
from discord.app_commands.transformers import CommandParameter
from discord.ext import commands

import guildbase
from guildbase.core.i18n import CATALOGUES, DOMAIN
from guildbase.core.registry import FeatureRegistry

SOURCE = Path(guildbase.__file__).parent
KEYWORDS = {"_": 1, "marked": 1, "plural": 2}
"""Functions for texts, and how many of their first arguments are texts."""
HEADER = "# The texts that people read. `make generate` finds them; LANGUAGE/LC_MESSAGES has what they are elsewhere."


class Texts(Catalog):
    """Texts with a header that is the same whenever and by whomever it is written."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What gettext has to know."""
        return [
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


AnyCommand = app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu


def catalogue_files() -> dict[Path, str | bytes]:
    """Return the template and, for each language, its catalogue with all texts and the form that programs read."""
    found = texts()
    files: dict[Path, str | bytes] = {CATALOGUES / f"{DOMAIN}.pot": _po(found)}
    for path in sorted(CATALOGUES.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        merged = merge(found, path)
        files[path] = _po(merged)
        files[path.with_suffix(".mo")] = _mo(merged)
    return files


def texts() -> Catalog:
    """Return all texts: those in the code, those of commands, and those of manifests and settings."""
    catalog = Texts(fuzzy=False, header_comment=HEADER)
    for place, text in sorted({*in_code(SOURCE), *of_commands(), *of_features()}, key=lambda found: str(found[1])):
        catalog.add(text, locations=[(place, None)])  # type: ignore[list-item]
    return catalog


def in_code(folder: Path) -> Iterator[tuple[str, str | tuple[str, str]]]:
    """Yield each text that stands in a call of one of the functions for texts, with its file; also within f-strings."""
    for path in sorted(folder.rglob("*.py")):
        source = path.read_bytes()
        if b"guildbase.core.i18n" not in source and path.name != "i18n.py":
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
                given = [it.value for it in node.args if isinstance(it, ast.Constant) and isinstance(it.value, str)]
                if len(given) >= KEYWORDS[node.func.id] and given[0]:
                    one = given[0] if KEYWORDS[node.func.id] == 1 else (given[0], given[1])
                    yield path.relative_to(folder).as_posix(), one


def of_commands() -> Iterator[tuple[str, str]]:
    """Yield the names of cogs, and the descriptions of slash commands, their options and choices."""
    for feature, module in FeatureRegistry.discover().modules("cog"):
        for _name, cog in inspect.getmembers(module, inspect.isclass):
            if issubclass(cog, commands.Cog) and cog.__module__.startswith(feature.package):
                yield _place(feature.name, "cog"), cog.__cog_name__
                for command in _app_commands(cog):
                    yield from ((_place(feature.name, "command"), text) for text in _descriptions(command))


def of_features() -> Iterator[tuple[str, str]]:
    """Yield what manifests and settings say of themselves."""
    registry = FeatureRegistry.discover()
    for name, feature in registry.features.items():
        told = (name.replace("_", " ").capitalize(), feature.summary, *feature.bot_permissions.values())
        yield from ((_place(name, "manifest"), text) for text in told)
    for name, model in registry.settings_models().items():
        for field in model.model_fields.values():
            if field.description:
                yield _place(name, "settings"), field.description


def merge(found: Catalog, path: Path) -> Catalog:
    """Return the language's catalogue with exactly these texts; what is new in it has no translation yet."""
    with path.open("rb") as file:
        known = read_po(file, domain=DOMAIN)
    merged = Texts(known.locale, fuzzy=False, header_comment=HEADER)
    for message in found:
        if message.id:
            before = known.get(message.id)
            merged.add(message.id, before.string if before else None, locations=message.locations)
    return merged


def _app_commands(cog: type[commands.Cog]) -> Iterator[AnyCommand]:
    yield from getattr(cog, "__cog_app_commands__", [])
    for command in getattr(cog, "__cog_commands__", []):
        if isinstance(command, commands.HybridCommand | commands.HybridGroup) and command.app_command is not None:
            yield command.app_command


def _descriptions(command: AnyCommand) -> Iterator[str]:
    if isinstance(command, app_commands.ContextMenu):
        return
    if command.description != _NONE:
        yield command.description
    if isinstance(command, app_commands.Group):
        for child in command.commands:
            yield from _descriptions(child)
        return
    for option in command.parameters:
        yield from _texts_of(option)


def _texts_of(option: CommandParameter | app_commands.Parameter) -> Iterator[str]:
    if str(option.description) != _NONE:
        yield str(option.description)
    yield from (choice.name for choice in option.choices)


_NONE = "…"  # discord.py's own for what nobody described.


def _place(feature: str, what: str) -> str:
    return f"{feature}/{what}"


def _po(catalog: Catalog) -> str:
    file = BytesIO()
    write_po(file, catalog, width=110, omit_header=catalog.locale is None, sort_output=True, include_lineno=False)
    return file.getvalue().decode().strip() + "\n"


def _mo(catalog: Catalog) -> bytes:
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()
