"""The list of erasures outside the database: it grows, it names nobody, and a crash does not spoil it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from guildbase.core.errors import ConfigurationError
from guildbase.core.settings import Settings
from guildbase.services import erasure_list
from guildbase.services.erasure_list import ErasureList, Erasures
from tests.factories import new_id
from tests.small_files import no_file_larger_than

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def listed(tmp_path: Path) -> ErasureList:
    return ErasureList(tmp_path / "list.erasures")


def test_it_knows_an_erased_id_and_holds_none(listed: ErasureList) -> None:
    key, person_id = uuid4(), new_id()
    listed.add("user", key, person_id, NOW)
    found = listed.read()
    [entry] = found.entries
    assert (entry.scope, entry.request_key, entry.erased_at) == ("user", key, NOW)
    assert entry.subject_hash == found.hash("user", person_id)
    assert entry.subject_hash not in (found.hash("guild", person_id), found.hash("user", person_id + 1))
    assert str(person_id) not in listed.path.read_text()
    assert listed.path.stat().st_mode & 0o077 == 0


def test_two_lists_say_different_things_about_the_same_id(tmp_path: Path) -> None:
    person_id, lists = new_id(), [ErasureList(tmp_path / name) for name in "ab"]
    for one in lists:
        one.add("user", uuid4(), person_id, NOW)
    assert len({one.read().entries[0].subject_hash for one in lists}) == 2


def test_an_erasure_is_listed_once_and_the_list_only_grows(listed: ErasureList) -> None:
    keys = [uuid4() for _ in range(3)]
    content = b""
    for key in (*keys, keys[0]):
        listed.add("user", key, new_id(), NOW)
        assert listed.path.read_bytes().startswith(content)
        content = listed.path.read_bytes()
    assert [entry.request_key for entry in listed.read().entries] == keys


def test_no_file_is_an_empty_list(listed: ErasureList) -> None:
    assert listed.read() == Erasures()
    assert not listed.path.exists()


def test_every_place_at_which_a_crash_may_cut_it_leaves_a_list_that_goes_on(listed: ErasureList) -> None:
    listed.add("user", uuid4(), 1 << 60, NOW)
    whole = listed.path.read_bytes()
    for length in range(len(whole)):
        listed.path.write_bytes(whole[:length])
        key = uuid4()
        listed.add("user", key, 5 << 58, NOW)
        found = listed.read()
        assert found.entries[-1].request_key == key
        assert found.entries[-1].subject_hash == found.hash("user", 5 << 58)


def test_a_file_that_cannot_be_written_is_told_with_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="list of erasures") as refused:
        ErasureList(tmp_path / "missing" / "list").add("user", uuid4(), new_id(), NOW)
    assert "GUILDBASE_ERASURE_LIST_FILE" in refused.value.hint


def test_regression_without_room_it_says_so_and_goes_on_later(listed: ErasureList) -> None:
    listed.add("user", uuid4(), 1, NOW)
    room = listed.path.stat().st_size + 40
    with pytest.raises(ConfigurationError, match="cannot be used: File too large"), no_file_larger_than(room):
        listed.add("user", uuid4(), 2, NOW)
    listed.add("user", uuid4(), 3, NOW)
    found = listed.read()
    assert [entry.subject_hash for entry in found.entries] == [found.hash("user", 1), found.hash("user", 3)]


def test_a_system_without_locks_of_files_keeps_the_list_too(
    listed: ErasureList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure_list, "fcntl", None)  # As on Windows.
    keys = [uuid4(), uuid4()]
    for key in keys:
        listed.add("user", key, new_id(), NOW)
    assert [entry.request_key for entry in listed.read().entries] == keys


def test_by_default_it_lies_beside_the_database_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert ErasureList.of(Settings(database_url=f"sqlite:///{tmp_path}/my.db")).path == tmp_path / "my.erasures"
    assert ErasureList.of(Settings(database_url="postgresql://h/d")).path == Path("guildbase.erasures")
    named = Settings(erasure_list_file=tmp_path / "mine")
    assert ErasureList.of(named).path == tmp_path / "mine"


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4
from guildbase.services.erasure_list import ErasureList
for number in range(20):
    key = uuid4()
    ErasureList(Path(sys.argv[1])).add("user", key, (1 << 50) + number, datetime.now(UTC))
    print(key)
"""


def test_several_processes_append_and_nothing_is_lost(listed: ErasureList) -> None:
    command = [sys.executable, "-c", WRITER, str(listed.path)]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [writer.communicate(timeout=60)[0].split() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    found = listed.read()
    assert {entry.request_key for entry in found.entries} == {UUID(key) for keys in said for key in keys}
    assert len(found.entries) == 60
    assert {entry.subject_hash for entry in found.entries} == {found.hash("user", (1 << 50) + n) for n in range(20)}
