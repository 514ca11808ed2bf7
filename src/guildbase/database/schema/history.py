"""The revisions that there are, and which of them a database has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alembic.script import ScriptDirectory

from guildbase.core.registry import FeatureRegistry
from guildbase.database.schema.migrate import alembic_config
from guildbase.database.schema.revision import absent, branches, feature_of


@dataclass(frozen=True, slots=True)
class Step:
    """One revision."""

    feature: str
    """Empty for ours."""
    revision: str
    message: str
    is_applied: bool


def history(url: str, applied: Sequence[str], registry: FeatureRegistry | None = None) -> Iterator[Step]:
    """Yield the revisions of every line, oldest first, then those that only features know which are not installed."""
    script = ScriptDirectory.from_config(alembic_config(url, registry=registry))
    present = branches(registry)
    for branch in present:
        place = max((branch.revisions.index(found) for found in applied if found in branch.revisions), default=-1)
        for number, name in enumerate(branch.revisions):
            message = script.get_revision(name).doc.partition("\n")[0].removesuffix(".")
            yield Step(branch.feature, name, message, number <= place)
    for name in absent(applied, present):
        yield Step(feature_of(name) or "", name, "The feature is not installed; its tables stay as they are", True)
