"""Keys: what opens and what does not, and that a setting that is wrong says so without showing a key."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from guildbase.core.crypto import (
    DecryptionFailed,
    Keyring,
    MissingKey,
    key_of,
    new_key,
    new_token,
    parse_keys,
    read_keys,
    token_hash,
    token_matches,
)
from guildbase.core.errors import ConfigurationError
from guildbase.core.settings import load_settings

GOOD = base64.b64encode(b"k" * 32).decode()
OTHER = base64.b64encode(b"o" * 32).decode()


def test_what_is_sealed_opens_in_its_own_context_only() -> None:
    ring = Keyring({1: b"k" * 32})
    sealed = ring.seal(b"secret", b"here")
    assert ring.open(sealed, b"here") == b"secret"
    assert key_of(sealed) == 1
    assert sealed != ring.seal(b"secret", b"here")
    with pytest.raises(DecryptionFailed, match="key 1"):
        ring.open(sealed, b"there")


def test_no_changed_byte_goes_unnoticed() -> None:
    ring = Keyring({1: b"k" * 32, 2: b"o" * 32})
    sealed = ring.seal(b"secret", b"here")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises((DecryptionFailed, MissingKey)):
            ring.open(bytes(changed), b"here")
    for length in range(len(sealed)):
        with pytest.raises(DecryptionFailed):
            ring.open(sealed[:length], b"here")


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    old = Keyring({1: b"k" * 32})
    sealed = old.seal(b"secret", b"")
    both = Keyring({2: b"o" * 32, 1: b"k" * 32})
    assert both.open(sealed, b"") == b"secret"
    assert key_of(both.seal(b"secret", b"")) == 2
    with pytest.raises(MissingKey, match="Key 1 is not among"):
        Keyring({2: b"o" * 32}).open(sealed, b"")


def test_keys_for_different_purposes_have_nothing_in_common() -> None:
    ring = Keyring({1: b"k" * 32})
    derived = {ring.derive(1, purpose, salt) for purpose in (b"a", b"b") for salt in (None, b"s" * 32)}
    assert len({*derived, b"k" * 32}) == 5
    assert ring.blind_index(b"v", b"a.b") == ring.blind_index(b"v", b"a.b")
    assert ring.blind_index(b"v", b"a.b") != ring.blind_index(b"v", b"a.c")


def test_a_ring_does_not_show_its_keys() -> None:
    assert repr(Keyring({4: b"k" * 32})) == "Keyring(ids=[4])"


def test_keys_are_read_in_order_from_one_line_or_many() -> None:
    keys = {2: b"k" * 32, 1: b"o" * 32}
    assert list(parse_keys(f"2:{GOOD},1:{OTHER}").items()) == list(keys.items())
    assert parse_keys(f"# The newest first.\n2:{GOOD}  # since May\n\n 1 : {OTHER} \n") == keys
    assert parse_keys("") == {}
    assert parse_keys(f"5:{new_key()}").keys() == {5}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD, "entry 1 does not begin with a number"),
        (f"1:{GOOD},{OTHER}", "entry 2 does not begin with a number"),
        (f"0:{GOOD}", "entry 1 does not"),
        (f"{2**32}:{GOOD}", "entry 1 does not"),
        (f"-1:{GOOD}", "entry 1 does not"),
        (f"1:{GOOD[:-4]}", "key 1 has"),
        (f"1:{GOOD}=", "key 1 is no base64"),
        ("1:ä", "key 1 is no base64"),
        ("1:", "key 1 has 0 bytes"),
        (f"1:{GOOD},1:{OTHER}", "key 1 is there twice"),
        (f"1:{GOOD},2:{GOOD}", "key 2 is the same"),
    ],
)
def test_a_malformed_setting_says_what_is_wrong_and_never_shows_a_key(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as error:
        parse_keys(text)
    with pytest.raises(ConfigurationError, match=f"GUILDBASE_ENCRYPTION_KEYS: {problem}") as loaded:
        load_settings(encryption_keys=text)
    for shown in (error.value.text, loaded.value.text):
        assert GOOD[:8] not in shown
        assert OTHER[:8] not in shown


def test_keys_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"3:{GOOD}\n1:{OTHER}\n")
    assert load_settings(encryption_keys_file=file).keyring().ids == [3, 1]
    assert load_settings(encryption_keys=f"8:{GOOD}").keyring().ids == [8]
    assert load_settings(encryption_keys_file="").keyring().ids == []


def test_a_file_of_keys_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    with pytest.raises(ConfigurationError, match=r"ENCRYPTION_KEYS_FILE.* cannot be read: No such file"):
        read_keys("", file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="it is no text"):
        read_keys("", file)
    file.write_text("# none yet\n")
    with pytest.raises(ConfigurationError, match="has no key"):
        read_keys("", file)
    file.write_text("1:short")
    with pytest.raises(ConfigurationError, match="GUILDBASE_ENCRYPTION_KEYS_FILE: key 1"):
        read_keys("", file)
    with pytest.raises(ConfigurationError, match="both set"):
        read_keys(f"1:{GOOD}", file)


def test_a_token_is_random_and_known_again_by_its_hash_alone() -> None:
    token = new_token("gb")
    assert token.startswith("gb_")
    assert len({new_token("gb") for _ in range(100)}) == 100
    stored = token_hash(token)
    assert len(stored) == 32
    assert token_matches(token, stored)
    assert not token_matches(token + "x", stored)
    assert not token_matches("\ud800", stored)
    for prefix in ("", "GB", "g_b", "x" * 17):
        with pytest.raises(ValueError, match="prefix"):
            new_token(prefix)
