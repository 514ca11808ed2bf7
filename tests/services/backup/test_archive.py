"""The file of a backup: what was written comes back, and nothing that was changed is taken for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from guildbase.core.crypto import Keyring, MissingKey
from guildbase.core.errors import ConfigurationError
from guildbase.services.backup.archive import FRAME, read_manifest, read_payload, write_archive
from guildbase.services.backup.manifest import BackupDamaged, Manifest

RING = Keyring({2: b"k" * 32})
MANIFEST = Manifest(datetime(2026, 1, 2, tzinfo=UTC), "1.2", "sqlite", ["0004"], {"guild": 3, "kase": 4}, None)
WORD = b"a secret of a guild "


def written(path: Path, payload: list[bytes], keyring: Keyring | None = RING) -> bytes:
    with path.open("wb") as file:
        write_archive(file, MANIFEST, iter(payload), keyring)
    return path.read_bytes()


def read(path: Path, keyring: Keyring = RING) -> bytes:
    return b"".join(read_payload(path, keyring))


@pytest.fixture(params=[RING, None], ids=["encrypted", "plain"])
def keyring(request: pytest.FixtureRequest) -> Keyring | None:
    found: Keyring | None = request.param
    return found


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME + 5])
def test_what_was_written_comes_back(tmp_path: Path, keyring: Keyring | None, size: int) -> None:
    payload = bytes(range(256)) * (size // 256 + 1)
    written(tmp_path / "x", [payload[:size]], keyring)
    assert read(tmp_path / "x") == payload[:size]
    found = read_manifest(tmp_path / "x")
    assert (found.tables, found.rows, found.revisions) == ({"guild": 3, "kase": 4}, 7, ["0004"])
    assert found.created_at == MANIFEST.created_at
    assert found.key_id == (None if keyring is None else 2)


def test_pieces_of_any_size_make_the_same_frames(tmp_path: Path) -> None:
    written(tmp_path / "x", [b"ab" * 300_000, b"", b"c", b"d" * FRAME])
    assert read(tmp_path / "x") == b"ab" * 300_000 + b"c" + b"d" * FRAME


def test_the_payload_is_not_in_the_file(tmp_path: Path) -> None:
    assert WORD not in written(tmp_path / "x", [WORD * 100])
    assert WORD in written(tmp_path / "y", [WORD * 100], None)


def test_a_flipped_byte_anywhere_is_noticed(tmp_path: Path, keyring: Keyring | None) -> None:
    path = tmp_path / "x"
    whole = written(path, [WORD * 20], keyring)
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 0x10
        path.write_bytes(changed)
        with pytest.raises((BackupDamaged, ConfigurationError)):
            read(path)


def test_a_missing_end_is_noticed_wherever_it_begins(tmp_path: Path, keyring: Keyring | None) -> None:
    path = tmp_path / "x"
    whole = written(path, [WORD * 20], keyring)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(BackupDamaged):
            read(path)
    path.write_bytes(whole + b"x")
    with pytest.raises(BackupDamaged, match="follows its end"):
        read(path)


def _frames(whole: bytes, count: int) -> Iterator[bytes]:
    """Yield the head, and then each of so many full frames, and then the rest."""
    size = FRAME + 16 + 5
    rest = len(whole) - len(whole[: whole.index(b"}") + 1])
    head = whole.index(b'"version":"1.2"}') + len(b'"version":"1.2"}')
    assert rest
    yield whole[:head]
    for number in range(count):
        yield whole[head + number * size : head + (number + 1) * size]
    yield whole[head + count * size :]


def test_frames_cannot_be_swapped_dropped_repeated_or_taken_from_another_backup(tmp_path: Path) -> None:
    payload = [b"1" * FRAME, b"2" * FRAME]
    path = tmp_path / "x"
    head, first, second, end = _frames(written(path, payload), 2)
    path.write_bytes(head + first + second + end)
    assert read(path) == b"".join(payload)
    _, other, _, other_end = _frames(written(tmp_path / "y", payload), 2)
    for frames in (
        second + first + end,
        first + end,
        first + first + end,
        other + second + end,
        first + second + other_end,
    ):
        path.write_bytes(head + frames)
        with pytest.raises(BackupDamaged, match="was changed"):
            read(path)


def test_a_lost_key_and_a_wrong_key_are_told_apart_from_damage(tmp_path: Path) -> None:
    written(tmp_path / "x", [WORD])
    with pytest.raises(MissingKey, match="Key 2 is not among"):
        read(tmp_path / "x", Keyring({1: b"k" * 32}))
    with pytest.raises(ConfigurationError, match="Key 2 is not the key that x was encrypted with"):
        read(tmp_path / "x", Keyring({2: b"w" * 32}))


def test_the_tables_in_the_head_cannot_be_forged(tmp_path: Path, keyring: Keyring | None) -> None:
    whole = written(tmp_path / "x", [WORD], keyring)
    (tmp_path / "x").write_bytes(whole.replace(b'"guild":3', b'"guild":9'))
    assert read_manifest(tmp_path / "x").tables["guild"] == 9
    with pytest.raises(BackupDamaged):
        read(tmp_path / "x")


def test_what_is_no_backup_says_so(tmp_path: Path) -> None:
    path = tmp_path / "letter"
    for content in (b"", b"Dear reader", b"GUILDBASE BACKUP\n", b"GUILDBASE BACKUP\n\xff\xff\xff\xff"):
        path.write_bytes(content)
        with pytest.raises(BackupDamaged):
            read_manifest(path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    whole = written(tmp_path / "x", [WORD])
    (tmp_path / "x").write_bytes(whole.replace(b'"format":1', b'"format":7'))
    with pytest.raises(BackupDamaged, match="format 7 is newer"):
        read_manifest(tmp_path / "x")
