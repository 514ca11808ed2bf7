"""The data statement: what is kept about people, why, and what becomes of it, derived from the models."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Table

from guildbase.core.registry import FeatureRegistry
from guildbase.database.base import Base
from guildbase.database.privacy import Privacy, Treatment, is_id, policy_of
from guildbase.database.upkeep.partitions import is_monthly
from guildbase.database.upkeep.retention import terms_of
from guildbase.services.tables import all_tables

HEAD = """\
# What is kept about people

This page is made from the models by `make generate`; `guildbase privacy statement` prints it for the features that
you run. [The guide](../guides/privacy.md) says how a person gets their data or has it erased.

Ids are Discord's numbers for accounts. An erased person's id becomes a random number, the same in all tables, that
nobody can trace back. Where it stands inside a text or a document about somebody else, it is replaced there too.
When a server is erased, all its rows go, whatever is said here.
"""


@dataclass(frozen=True, slots=True)
class KeptTable:
    """A table and what it holds about people."""

    name: str
    feature: str
    """The feature that keeps it; empty for the platform itself."""
    about: str
    columns: Mapping[str, str]
    """What becomes of it, by column; empty if nothing in it is about people."""
    terms: tuple[str, ...]
    """How long rows are kept."""


def kept_tables(registry: FeatureRegistry) -> list[KeptTable]:
    """Return the tables of these features by name."""
    tables = sorted(all_tables(registry), key=lambda table: table.name)
    models = {getattr(model, "__table__", None): model for model in _models(Base)}
    features = {module.__name__: feature.name for feature, module in registry.modules("models")}
    return [_kept(table, models.get(table), features) for table in tables]


def data_statement(registry: FeatureRegistry) -> str:
    """Return the statement for the tables of these features, in Markdown."""
    tables = kept_tables(registry)
    without = ", ".join(f"`{table.name}`" for table in tables if not table.columns)
    sections = [_section(table) for table in tables if table.columns]
    return "\n".join((HEAD, *sections, f"## Tables without personal data\n\n{without}.\n"))


def _kept(table: Table, model: type[Base] | None, features: Mapping[str, str]) -> KeptTable:
    policies = ((column, policy_of(column)) for column in table.columns)
    columns = {
        column.name: _sentence(column, policy)
        for column, policy in policies
        if policy is not None and _is_personal(policy)
    }
    module = model.__module__ if model is not None else ""
    feature = next((name for home, name in features.items() if module == home or module.startswith(f"{home}.")), "")
    return KeptTable(table.name, feature, _about(model), columns, tuple(_term(table)))


def _models(base: type[Base]) -> Iterator[type[Base]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


def _about(model: type[Base] | None) -> str:
    """Return the first paragraph of the model's docstring."""
    return (inspect.getdoc(model) or "").partition("\n\n")[0].replace("\n", " ") if model else ""


def _is_personal(policy: Privacy) -> bool:
    return policy.treatment is not Treatment.NOT_PERSONAL


def _section(table: KeptTable) -> str:
    lines = [f"- `{name}`: {sentence}" for name, sentence in table.columns.items()]
    return "\n".join([f"## `{table.name}`\n", table.about, "", *lines, "", *(f"{term}\n" for term in table.terms)])


def _sentence(column: Column[object], policy: Privacy) -> str:
    whose = f"the person in `{policy.of}`" if policy.of else "whoever's id stands in it"
    match policy.treatment:
        case Treatment.DELETE_ROW if is_id(column):
            return "a person's id; when they are erased, the row goes."
        case Treatment.DELETE_ROW:
            return f"about {whose}; when they are erased, the row goes."
        case Treatment.PSEUDONYMISE:
            return "a person's id; when they are erased, it becomes their random number."
        case Treatment.CLEAR:
            return f"about {whose}; when they are erased, it is emptied."
        case _:
            term = f" It is kept for {policy.keep_for.days} days." if policy.keep_for else ""
            return f"kept when a person is erased. {policy.reason}{term}"


def _term(table: Table) -> Iterator[str]:
    terms = terms_of(table)
    if not terms:
        until = "the server's data is" if "guild_id" in table.c else "they are"
        yield f"Rows are kept until {until} erased."
    for term in terms:
        which = f"Rows with `{term.only}`" if term.only else "Rows"
        days = f"{term.days}" if isinstance(term.days, int) else f"`{term.days}` (a setting)"
        if is_monthly(table):
            yield f"{which} are removed by whole months, each when all of it is older than {days} days."
        else:
            yield f"{which} are removed when they are older than {days} days."
