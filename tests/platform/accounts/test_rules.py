"""What may be trusted of a sign-in."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildbase.core.crypto import new_token
from guildbase.core.ports import ADMINISTRATOR
from guildbase.core.rights import ALL, Right
from guildbase.platform.accounts import rules


@settings(deadline=None)  # A busy machine is no failure.
@given(st.text(max_size=40))
def test_a_path_leads_to_this_site_or_is_none(wanted: str) -> None:
    path = rules.safe_path(wanted)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert path.isascii()
    assert path.isprintable()
    assert "\\" not in path


@pytest.mark.parametrize("path", ["/", "/g/1128754567890123457/cases?state=open&page=2#x", "/servers", "/a//b"])
def test_a_path_of_ours_is_kept(path: str) -> None:
    assert rules.safe_path(path) == path


def test_the_challenge_is_that_of_the_standard() -> None:
    # The example of RFC 7636, appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert rules.challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    made = rules.verifier("browser", "state")
    assert len(made) == 43
    assert made != rules.verifier("browser", "other") != rules.verifier("other", "state")
    expected = base64.urlsafe_b64encode(hashlib.sha256(made.encode()).digest()).decode().rstrip("=")
    assert rules.challenge(made) == expected


def test_only_what_looks_like_a_key_has_a_prefix() -> None:
    key = new_token("gb")
    assert rules.key_prefix(key) == key[:11]
    for wrong in ("", "gb_", key[:-1], key + "x", key.upper(), f" {key}", f"{key}\n", "x" + key[1:]):
        assert rules.key_prefix(wrong) is None


def test_a_right_stands_for_the_permissions_of_all_that_it_includes() -> None:
    assert rules.bits_of(Right.NONE) == rules.bits_of(Right.VIEW_SETTINGS | Right.VIEW_CASES) == 0
    assert rules.bits_of(Right.MANAGE_ACCESS) == rules.bits_of(Right.EDIT_SETTINGS) == 1 << 5
    assert rules.bits_of(Right.OWNER) == rules.bits_of(ALL)
    assert rules.bits_of(Right.OWNER) & ADMINISTRATOR
    assert not rules.bits_of(ALL ^ Right.OWNER) & ADMINISTRATOR


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", "Chrome · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari · iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("x\r\ny\x00", "xy"),
        ("", ""),
    ],
)
def test_a_browser_has_a_short_name(said: str, name: str) -> None:
    assert rules.browser_name(said) == name
    assert len(rules.browser_name(said * 100)) <= 200
