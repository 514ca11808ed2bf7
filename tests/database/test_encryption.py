"""Encrypted columns: what is stored cannot be read or moved, and what is loaded does not show itself."""

from __future__ import annotations

import copy
import pickle
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, LargeBinary, MetaData, Table, column, insert, select, table, text, type_coerce, update
from sqlalchemy.orm import registry
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.crypto import DecryptionFailed, Keyring, MissingKey
from guildbase.core.errors import GuildbaseError
from guildbase.database.base import NAMING, Base
from guildbase.database.encryption import EncryptedText, Secret, bound, context_of, encrypted, equals, sealed_rows
from guildbase.database.manager import DatabaseManager
from guildbase.database.migrations.compare import render_item
from guildbase.database.rows.validation import InvalidRow
from guildbase.database.secret import NotSealed
from guildbase.database.types import Snowflake, surrogate_key
from tests.database.vault import KEYS, Locker, Vault, opened
from tests.factories import new_id

WORD = "open sesame, at the third stroke"


@pytest.fixture
async def vault(empty_database_url: str) -> AsyncIterator[DatabaseManager]:
    """A database with the encrypted tables of `vault.py`, and two keys."""
    async with opened(empty_database_url, Keyring(KEYS)) as manager:
        yield manager


async def stored(manager: DatabaseManager, name: str = "word") -> list[bytes]:
    """Return the bytes of a column as they are."""
    async with manager.read_session() as session:
        found = await session.execute(select(type_coerce(Vault.__table__.c[name], LargeBinary)))
        return [bytes(value) for value in found.scalars()]


async def put(manager: DatabaseManager, word: str = WORD, **values: Any) -> Snowflake:
    guild_id = new_id()
    async with manager.transaction() as work:
        work.session.add(Vault(guild_id=guild_id, vault_id=1, word=Secret(word), **values))
    return guild_id


async def load(manager: DatabaseManager, guild_id: int) -> Vault:
    async with manager.read_session() as session:
        row = await session.get(Vault, (guild_id, 1))
        assert row is not None
        return row


async def test_a_value_comes_back_and_is_not_in_the_database(vault: DatabaseManager) -> None:
    guild_id = await put(vault, note=Secret("näher 🙂"))
    row = await load(vault, guild_id)
    assert row.word.get_secret_value() == WORD
    assert row.note is not None
    assert row.note.get_secret_value() == "näher 🙂"
    assert WORD.encode() not in (await stored(vault))[0]


async def test_two_equal_values_are_stored_differently(vault: DatabaseManager) -> None:
    await put(vault)
    await put(vault)
    first, second = await stored(vault)
    assert first != second


async def test_nobody_sees_a_value_by_accident(vault: DatabaseManager) -> None:
    row = await load(vault, await put(vault))
    fresh = Vault(guild_id=new_id(), vault_id=1, word=Secret(WORD))
    for shown in (row, fresh):
        for text_of_it in (repr(shown), str(shown.word), f"{shown.word!r}", str(shown.model_dump())):
            assert WORD not in text_of_it
        assert shown.model_dump(mode="json")["word"] == "**********"


def test_a_secret_does_not_get_into_a_cache_or_a_queue() -> None:
    for take in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            take(Secret(WORD))


async def test_changing_a_value_and_loading_it_again(vault: DatabaseManager) -> None:
    guild_id = await put(vault, note=Secret("old"))
    async with vault.transaction() as work:
        row = await work.session.get(Vault, (guild_id, 1))
        assert row is not None
        row.word = Secret("another")
        row.note = None
        await work.session.flush()
        assert row.word.get_secret_value() == "another"
        work.session.expire(row)
        await work.session.refresh(row, ["word"])
        assert row.word.get_secret_value() == "another"
    row = await load(vault, guild_id)
    assert (row.word.get_secret_value(), row.note) == ("another", None)


async def test_what_is_not_changed_is_not_encrypted_again(vault: DatabaseManager) -> None:
    guild_id = await put(vault)
    before = await stored(vault)
    async with vault.transaction() as work:
        row = await work.session.get(Vault, (guild_id, 1))
        assert row is not None
        row.label = "changed"
    assert await stored(vault) == before


async def test_a_value_that_is_copied_to_another_row_is_bound_to_that_one(vault: DatabaseManager) -> None:
    first = await load(vault, await put(vault))
    async with vault.transaction() as work:
        work.session.add(Vault(guild_id=(other := new_id()), vault_id=1, word=first.word))
    assert (await load(vault, other)).word.get_secret_value() == WORD


@pytest.mark.parametrize(
    "move", ["UPDATE vault SET note = word", "UPDATE vault SET word = (SELECT v.word FROM vault v WHERE v.label = 'a')"]
)
async def test_bytes_that_were_moved_do_not_open(vault: DatabaseManager, move: str) -> None:
    await put(vault, label="a")
    guild_id = await put(vault, label="b")
    async with vault.transaction() as work:
        await work.session.execute(text(move))
    row = await load(vault, guild_id)
    with pytest.raises(DecryptionFailed, match="cannot be decrypted") as error:
        (row.note or row.word).get_secret_value()
    assert WORD not in error.value.text


async def test_bytes_of_another_table_do_not_open(vault: DatabaseManager) -> None:
    guild_id = await put(vault)
    async with vault.transaction() as work:
        work.session.add(Locker(locker_id=(key := uuid4()), word=Secret("x")))
    async with vault.transaction() as work:
        await work.session.execute(text("UPDATE locker SET word = (SELECT word FROM vault)"))
    async with vault.read_session() as session:
        locker = await session.get(Locker, key)
    assert locker is not None
    with pytest.raises(DecryptionFailed):
        locker.word.get_secret_value()
    assert (await load(vault, guild_id)).word.get_secret_value() == WORD


@pytest.mark.parametrize("change", [lambda old: old[:-1], lambda old: old[:9], lambda old: b"\x09" + old[1:]])
async def test_changed_bytes_do_not_open(vault: DatabaseManager, change: Any) -> None:
    guild_id = await put(vault)
    (old,) = await stored(vault)
    raw = table("vault", column("word", LargeBinary))
    async with vault.transaction() as work:
        await work.session.execute(update(raw).values(word=change(old)))
    row = await load(vault, guild_id)
    with pytest.raises(DecryptionFailed):
        row.word.get_secret_value()


async def test_without_any_key_nothing_is_written_and_the_setting_is_named(
    vault: DatabaseManager, empty_database_url: str
) -> None:
    guild_id = await put(vault)
    keyless = DatabaseManager(empty_database_url)
    with pytest.raises(MissingKey, match="no key to encrypt with") as error:
        await put(keyless)
    assert "guildbase keys new" in error.value.hint
    assert "GUILDBASE_ENCRYPTION_KEYS" in error.value.hint
    assert len(await stored(vault)) == 1
    # The rest of the row can be used without the key.
    async with keyless.transaction() as work:
        row = await work.session.get(Vault, (guild_id, 1))
        assert row is not None
        row.label = "changed"
        with pytest.raises(MissingKey, match="Key 7 is not among"):
            row.word.get_secret_value()
    await keyless.close()
    assert (await load(vault, guild_id)).word.get_secret_value() == WORD


async def test_a_wrong_key_says_so_and_destroys_nothing(vault: DatabaseManager, empty_database_url: str) -> None:
    guild_id = await put(vault)
    before = await stored(vault)
    wrong = DatabaseManager(empty_database_url, keyring=Keyring({7: b"w" * 32}))
    row = await load(wrong, guild_id)
    with pytest.raises(DecryptionFailed) as error:
        row.word.get_secret_value()
    assert "another key under this number" in error.value.hint
    await wrong.close()
    assert await stored(vault) == before


async def test_old_keys_still_open_what_they_closed(vault: DatabaseManager, empty_database_url: str) -> None:
    guild_id = await put(vault)
    newer = DatabaseManager(empty_database_url, keyring=Keyring({9: b"9" * 32, **KEYS}))
    assert (await load(newer, guild_id)).word.get_secret_value() == WORD
    other = await put(newer)
    with pytest.raises(MissingKey, match="Key 9"):
        (await load(vault, other)).word.get_secret_value()
    await newer.close()


async def test_comparing_an_encrypted_column_is_refused_with_a_hint(vault: DatabaseManager) -> None:
    word: Any = Vault.word
    for name, value in (("__eq__", WORD), ("__ne__", WORD), ("in_", [WORD]), ("like", "o%")):
        with pytest.raises(TypeError, match="blind_index"):
            getattr(word, name)(value)
    with pytest.raises(TypeError, match="blind_index"):
        word.desc()
    note: Any = Vault.note
    await put(vault)
    async with vault.read_session() as session:
        for missing in (note.is_(None), note == None, ~note.is_not(None)):  # noqa: E711 - this is what is tested.
            assert len((await session.execute(select(Vault).where(missing))).all()) == 1


async def test_the_blind_index_finds_a_value_written_with_any_key(
    vault: DatabaseManager, empty_database_url: str
) -> None:
    old = await put(vault)
    newer = DatabaseManager(empty_database_url, keyring=Keyring({9: b"9" * 32, **KEYS}))
    new = await put(newer)
    await put(newer, "something else")
    async with newer.read_session() as session:
        found = await session.scalars(select(Vault).where(equals(Vault.word, WORD, newer.keyring)))
        assert {row.guild_id for row in found} == {old, new}
    await newer.close()
    indexes = await stored(vault, "word_index")
    assert len(set(indexes)) == 3
    assert all(WORD.encode() not in index for index in indexes)


async def test_a_column_without_index_and_a_process_without_keys_cannot_search() -> None:
    with pytest.raises(TypeError, match="no blind_index"):
        equals(Vault.note, WORD, Keyring(KEYS))
    with pytest.raises(MissingKey):
        equals(Vault.word, WORD, Keyring())


async def test_a_bulk_insert_goes_through_the_sealing(vault: DatabaseManager) -> None:
    ids = [new_id() for _ in range(50)]
    rows = [{"guild_id": key, "vault_id": 1, "word": f"{WORD} {n}", "label": ""} for n, key in enumerate(ids)]
    async with vault.transaction() as work:
        await work.session.execute(insert(Vault), list(sealed_rows(Vault, rows, vault.keyring)))
    assert (await load(vault, ids[49])).word.get_secret_value() == f"{WORD} 49"
    async with vault.read_session() as session:
        found = await session.scalars(select(Vault).where(equals(Vault.word, f"{WORD} 7", vault.keyring)))
        assert [row.guild_id for row in found] == [ids[7]]


async def test_a_statement_that_would_store_plain_text_is_refused(vault: DatabaseManager) -> None:
    guild_id = await put(vault)
    for value in (WORD, Secret(WORD), b"bytes"):
        for statement in (
            insert(Vault).values(guild_id=new_id(), vault_id=1, word=value, label=""),
            update(Vault).values(word=value),
        ):
            with pytest.raises(NotSealed, match="sealed_rows") as error:
                async with vault.transaction() as work:
                    await work.session.execute(statement)
            assert WORD not in str(error.value)
    assert len(await stored(vault)) == 1
    assert (await load(vault, guild_id)).word.get_secret_value() == WORD


async def test_a_secret_without_its_row_says_what_is_missing(vault: DatabaseManager) -> None:
    await put(vault)
    columns = Vault.__table__.c
    async with vault.read_session() as session:
        alone = (await session.execute(select(columns.word))).scalar_one()
        with pytest.raises(GuildbaseError, match="without its row"):
            alone.get_secret_value()
        row = (await session.execute(select(Vault.__table__))).mappings().one()
    assert bound(Vault.__table__, row, vault.keyring)["word"].get_secret_value() == WORD


async def test_sealing_needs_the_rows_whole_key() -> None:
    for key in ({"guild_id": new_id()}, {"guild_id": new_id(), "vault_id": None}):
        with pytest.raises((KeyError, TypeError)):
            list(sealed_rows(Vault, [{**key, "word": WORD}], Keyring(KEYS)))


def test_a_moment_in_a_key_is_the_same_in_every_time_zone() -> None:
    east = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=3)))
    log = Table("log", MetaData(), Column("at", UTCDateTime, primary_key=True), Column("word", EncryptedText))
    assert context_of(log.c.word, {"at": east}) == context_of(log.c.word, {"at": east.astimezone(UTC)})


def test_a_secret_that_is_sealed_for_a_row_stays_as_it_is_for_that_row() -> None:
    first = Secret(WORD).sealed_for(b"row 1", ring := Keyring(KEYS))
    assert first.sealed_for(b"row 1", ring) is first
    assert first.sealed_for(b"row 2", ring).get_secret_value() == WORD


async def test_the_key_of_a_row_with_secrets_cannot_change(vault: DatabaseManager) -> None:
    guild_id = await put(vault)
    with pytest.raises(TypeError, match="cannot change"):
        async with vault.transaction() as work:
            row = await work.session.get(Vault, (guild_id, 1))
            assert row is not None
            row.vault_id = 2
    assert (await load(vault, guild_id)).word.get_secret_value() == WORD


def test_a_table_whose_keys_the_database_makes_is_refused_when_it_is_declared() -> None:
    class Other(Base, registry=registry(metadata=MetaData(naming_convention=NAMING))):
        pass

    with pytest.raises(TypeError, match="the database makes its key"):

        class Numbered(Other, table=True):
            numbered_id: int | None = surrogate_key()
            word: Secret = encrypted(max_length=9)

    with pytest.raises(TypeError, match="the database makes its key"):

        class Defaulted(Other, table=True):
            defaulted_id: UUID = Field(primary_key=True, sa_column_kwargs={"server_default": text("gen_random_uuid()")})
            word: Secret = encrypted(max_length=9)


@pytest.mark.parametrize("word", ["x" * 65, 7, None, b"bytes", "\ud800"])
async def test_a_bad_value_is_refused_before_the_database(word: Any) -> None:
    with pytest.raises(InvalidRow) as error:
        Vault(guild_id=new_id(), vault_id=1, word=word)
    assert "word" in str(error.value)
    assert "xxx" not in str(error.value)


def test_a_revision_names_the_column_without_our_types() -> None:
    assert render_item("type", EncryptedText(), AutogenContext(MigrationContext.configure(dialect_name="sqlite"))) == (
        "sa.LargeBinary()"
    )
