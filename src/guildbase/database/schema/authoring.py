"""Writes new revisions: what the models say and the database does not have yet."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from alembic import command
from alembic.operations.ops import MigrationScript
from alembic.script import Script
from alembic_postgresql_enum.operations.add_enum_values import AddEnumValuesOp
from alembic_postgresql_enum.operations.enum_lifecycle_base import EnumLifecycleOp
from alembic_postgresql_enum.operations.sync_enum_values import SyncEnumValuesOp
from sqlalchemy import Enum, MetaData

from guildbase.core.errors import InvalidInput
from guildbase.core.registry import FeatureRegistry
from guildbase.database.connections.address import parse_url
from guildbase.database.migrations.compare import owner_of
from guildbase.database.schema import revision as revisions
from guildbase.database.schema.drift import drift
from guildbase.database.schema.migrate import alembic_config, told


def write_revision(
    url: str, message: str, metadata: MetaData, registry: FeatureRegistry, *, feature: str = "", is_empty: bool = False
) -> Path:
    """Write the next revision of ours, or of the feature, and return its file; hooks of the project then format it.

    Raises:
        InvalidInput: nothing differs, the database is not at the newest revision, or it is the wrong kind of one.
    """
    if not feature and parse_url(url).get_backend_name() != "postgresql":
        raise InvalidInput(
            "Revisions of Guildbase are written against PostgreSQL, which knows every type.",
            hint="Let GUILDBASE_DATABASE_URL name a PostgreSQL database at the newest revision.",
        )
    folder, known = _place(feature, registry)
    config = alembic_config(url, metadata, registry, toml=_project_of(folder))
    locations = {*(config.get_main_option("version_locations") or "").split("\n"), str(folder).replace("%", "%%")}
    config.set_main_option("version_locations", "\n".join(sorted(locations)))
    names = [found.name for found in registry.features.values() if not found.package.startswith("guildbase.")]
    config.attributes |= {"only": feature, "features": names}
    arguments: dict[str, Any] = {
        "message": message,
        "autogenerate": not is_empty,
        "rev_id": f"{feature}_{len(known) + 1:04}".lstrip("_"),
        "version_path": str(folder),
        "head": known[-1] if known else "base",
        "branch_label": feature if feature and not known else None,
        "process_revision_directives": partial(_keep_own, enums=_enums(metadata, feature, names), is_empty=is_empty),
    }
    folder.mkdir(exist_ok=True)
    written: list[Any] = []
    told(lambda: written.append(command.revision(config, **arguments)), url)
    if not isinstance(written[0], Script):
        if by_hand := drift(url, metadata, registry):
            found = "; ".join(by_hand)
            hint = "Write one with --empty. Changes of enums are found on PostgreSQL alone."
            raise InvalidInput(f"No revision can be made by itself of this: {found}.", hint=hint)
        raise InvalidInput("The database has all that the models say.", hint="Change a model first, or add --empty.")
    return Path(written[0].path)


def _place(feature: str, registry: FeatureRegistry) -> tuple[Path, Sequence[str]]:
    """Return the folder for the new revision and the names of those before it."""
    for branch in revisions.branches(registry):
        if branch.feature == feature:
            return branch.folder, branch.revisions
    if feature not in registry.features:
        raise InvalidInput(f"There is no feature {feature}.", hint=f"There are {', '.join(registry.features)}.")
    package = registry.features[feature].package
    if package.startswith("guildbase."):
        raise InvalidInput(f"{feature} is part of Guildbase.", hint="Its revisions are ours: leave --feature out.")
    return Path(next(iter(importlib.import_module(package).__path__))) / "migrations", []


def _enums(metadata: MetaData, feature: str, names: Sequence[str]) -> set[str]:
    own = [table for table in metadata.tables.values() if (owner_of(table.name, names) or "") == feature]
    return {str(c.type.name) for table in own for c in table.columns if isinstance(c.type, Enum)}


def _keep_own(
    _context: Any, _revision: Any, directives: list[MigrationScript], *, enums: set[str], is_empty: bool
) -> None:
    """Leave out enums of other lines, and write no file without content unless one was asked for."""
    [script] = directives
    for side in (*script.upgrade_ops_list, *script.downgrade_ops_list):
        side.ops = [
            item
            for item in side.ops
            if not isinstance(item, EnumLifecycleOp | SyncEnumValuesOp | AddEnumValuesOp) or _name(item) in enums
        ]
    if not is_empty and all(side.is_empty() for side in script.upgrade_ops_list):
        directives.clear()


def _name(item: Any) -> str:
    return str(getattr(item, "name", getattr(item, "enum_name", "")))


def _project_of(folder: Path) -> str | None:
    """Return the pyproject.toml of the project around the folder, which says what formats its files."""
    found = (parent / "pyproject.toml" for parent in folder.parents)
    return next((str(path) for path in found if path.is_file()), None)
