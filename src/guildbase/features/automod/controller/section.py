"""Rules and lists in a guild's export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.errors import GuildbaseError, InvalidInput
from guildbase.core.guild_sections import Reference, Refers
from guildbase.core.i18n import _
from guildbase.core.snowflake import read_snowflake
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.automod.controller.lists import ListController, checked, require_name
from guildbase.features.automod.controller.rules import RuleController, given, rules_of
from guildbase.features.automod.document import read_input, written
from guildbase.features.automod.kinds import ListKind
from guildbase.features.automod.models import AutomodList, AutomodRule
from guildbase.platform.guilds.queries import servers_in
from guildbase.services.container import BotServices


class AutomodSection:
    """All rules by their names, and all lists by theirs."""

    name = "automod"
    version = 1
    gives_rights = False

    def __init__(self, services: BotServices) -> None:
        self._rules = services.get(RuleController)
        self._lists = services.get(ListController)

    async def kept_of(self, session: AsyncSession, guild_ids: Collection[int]) -> set[int]:
        """Return which of the servers have rules or lists."""
        return await servers_in(session, AutomodRule, guild_ids) | await servers_in(session, AutomodList, guild_ids)

    async def read(self, session: AsyncSession, guild_id: int) -> dict[str, Any]:
        """Return all rules and lists; rules of the same name are told apart by a number behind it."""
        lists = {
            row.name: {"kind": row.kind.value, "entries": row.entries.splitlines()}
            for row in await _lists_of(session, guild_id)
        }
        return {"rules": {key: given(row) for key, row in await self._keyed(session, guild_id)}, "lists": lists}

    async def _keyed(self, session: AsyncSession, guild_id: int) -> list[tuple[str, AutomodRule]]:
        times: Counter[str] = Counter()
        keyed = []
        for row in sorted(await rules_of(session, guild_id), key=lambda row: row.number):
            times[row.name] += 1
            keyed.append((row.name if times[row.name] == 1 else f"{row.name} ({times[row.name]})", row))
        return keyed

    def check(self, data: Any, _version: int) -> dict[str, Any]:
        """Return the data; it comes from outside.

        Raises:
            InvalidInput: it is not what this section writes.
        """
        if not isinstance(data, dict) or data.keys() != {"rules", "lists"}:
            raise InvalidInput(_("Automod is an object of rules and lists."))
        if not all(isinstance(part, dict) for part in data.values()):
            raise InvalidInput(_("Rules and lists are objects."))
        problems: dict[str, str] = {}
        parts: dict[str, dict[str, Any]] = {"rules": {}, "lists": {}}
        for part, read in (("rules", _rule), ("lists", _list)):
            for key, value in data[part].items():
                try:
                    parts[part][key] = read(key, value)
                except GuildbaseError as refused:
                    problems[f"{part}.{key}"] = refused.message
        if problems:
            raise InvalidInput(_("These cannot be read: {keys}.", keys=", ".join(problems)[:500]), problems=problems)
        return parts

    def references(self, data: Any) -> Iterator[Reference]:
        """Yield the roles and channels that rules speak of."""
        for key, rule in data["rules"].items():
            where = _("automod rule {name}", name=key)
            yield from (Reference(refers, found, where) for refers, found in _ids(rule["document"]))

    def mapped(self, data: Any, ids: Mapping[int, int | None]) -> dict[str, Any]:
        """Return the data with these other ids; an effect or condition that has none left is left out with its id."""
        changed = {key: rule | {"document": _mapped(rule["document"], ids)} for key, rule in data["rules"].items()}
        return {
            "rules": {key: rule for key, rule in changed.items() if rule["document"]["effects"]},
            "lists": data["lists"],
        }

    async def write(self, transaction: UnitOfWork, guild_id: int, data: Any, _reason: str) -> None:
        """Make the guild's rules and lists these.

        Raises:
            Conflict: they are more than the guild may have.
        """
        session = transaction.session
        for row in await _lists_of(session, guild_id):
            if row.name not in data["lists"]:
                await self._lists.erase(transaction, row)
        now = await self.read(session, guild_id)
        for name, wanted in data["lists"].items():
            if now["lists"].get(name) != wanted:
                await self._lists.write(transaction, guild_id, name, ListKind(wanted["kind"]), wanted["entries"])
        kept = dict(await self._keyed(session, guild_id))
        for key in kept.keys() - data["rules"].keys():
            await self._rules.remove(transaction, kept[key])
        for key, rule in data["rules"].items():
            if key in kept:
                await self._rules.put(transaction, kept[key], read_input(rule))
            else:
                await self._rules.add(transaction, guild_id, read_input(rule))


async def _lists_of(session: AsyncSession, guild_id: int) -> Sequence[AutomodList]:
    statement = select(AutomodList).where(col(AutomodList.guild_id) == guild_id).order_by(col(AutomodList.name))
    return (await session.execute(statement)).scalars().all()


def _rule(_key: str, value: Any) -> dict[str, Any]:
    wanted = read_input(value)
    return wanted.model_dump(mode="json", exclude={"document"}) | {"document": written(wanted.document)}


def _list(key: str, value: Any) -> dict[str, Any]:
    require_name(key)
    if not isinstance(value, dict) or value.keys() != {"kind", "entries"} or value["kind"] not in set(ListKind):
        raise InvalidInput(_("A list holds kind and entries, and nothing else."))
    entries = value["entries"]
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise InvalidInput(_("The entries are a list of texts."))
    return {"kind": value["kind"], "entries": checked(ListKind(value["kind"]), entries) if entries else []}


def _ids(document: Mapping[str, Any]) -> Iterator[tuple[Refers, int]]:
    for refers, values in (
        (Refers.ROLE, document["exempt_roles"]),
        (Refers.CHANNEL, document["exempt_channels"]),
        *((_REFERS[it["type"]], it["ids"]) for it in document["conditions"] if it["type"] in _REFERS),
        *((Refers.ROLE, [it["role"]]) for it in document["effects"] if "role" in it),
        *((Refers.CHANNEL, [it["channel"]]) for it in document["effects"] if it.get("channel")),
    ):
        yield from ((refers, found) for value in values if (found := read_snowflake(value)))


_REFERS = {"roles": Refers.ROLE, "channels": Refers.CHANNEL}


def _mapped(document: dict[str, Any], ids: Mapping[int, int | None]) -> dict[str, Any]:
    def other(value: str) -> str | None:
        found = ids.get(int(value), int(value))
        return None if found is None else str(found)

    def others(values: Sequence[str]) -> list[str]:
        return [new for value in values if (new := other(value)) is not None]

    conditions = [it | {"ids": others(it["ids"])} if "ids" in it else it for it in document["conditions"]]
    effects = [it | {key: other(it[key]) for key in ("role", "channel") if it.get(key)} for it in document["effects"]]
    return document | {
        "exempt_roles": others(document["exempt_roles"]),
        "exempt_channels": others(document["exempt_channels"]),
        "conditions": conditions,
        # An alert without a channel goes where the setting says; a role that is not there cannot be given.
        "effects": [it for it in effects if it.get("role", "") is not None],
    }
