"""Squawk reads the statements of every revision and finds nothing that locks or breaks a running bot."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from guildbase.database.schema import migrate, revision

SQUAWK = Path(sys.executable).with_name("squawk")
EVERYWHERE = {
    "prefer-text-field": "a length is a promise: longer text is refused in the same way by both databases",
    "prefer-bigint-over-int": "only counts are 32-bit; test_every_id_has_64_bits looks after the ids",
    "prefer-bigint-over-smallint": "a priority is one of a few small numbers",
    "prefer-identity": "one definition makes a numbered key on both databases",
}
UNRELEASED = "no version without it was ever released, so the index is made on empty tables"
REBUILT = "the audit log becomes partitioned, which needs a new table; no version without 0002 was ever released"
ALLOWED = {
    "0002": dict.fromkeys(
        ("ban-drop-constraint", "ban-drop-table", "renaming-table", "require-concurrent-index-deletion"), REBUILT
    ),
    "0004": {"require-concurrent-index-creation": UNRELEASED},
    "0009": {"require-concurrent-index-creation": UNRELEASED},
    "0019": dict.fromkeys(("require-concurrent-index-creation", "constraint-missing-not-valid"), UNRELEASED),
    "0025": {"require-concurrent-index-creation": UNRELEASED},
    "0006": {"ban-drop-table": "when each job is due moves to another table; a job bears being run once more"},
}


def _found(statements: str) -> set[str]:
    done = subprocess.run(
        [SQUAWK, "--reporter", "json", "--pg-version", "14.0", "--exclude", ",".join(EVERYWHERE)],
        input=statements,
        capture_output=True,
        text=True,
        check=False,
    )
    return {violation["rule_name"] for violation in json.loads(done.stdout)}


@pytest.mark.parametrize(("before", "name"), list(pairwise(["base", *revision.known()])))
def test_a_revision_is_safe_for_a_running_bot(before: str, name: str) -> None:
    statements = migrate.upgrade_sql("postgresql://nobody@127.0.0.1:1/none", before, name)
    assert "SET lock_timeout" in statements
    assert _found(statements) == set(ALLOWED.get(name, {}))


def test_an_unsafe_revision_would_be_found() -> None:
    unsafe = "CREATE INDEX ix ON member (user_id); ALTER TABLE member ALTER COLUMN user_id TYPE text;"
    assert {"changing-column-type", "require-concurrent-index-creation"} <= _found(unsafe)
