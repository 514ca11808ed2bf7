"""`guildbase admin`: developers who sign in without Discord come and go, but not in production."""

from __future__ import annotations

from tests.cli.conftest import Command
from tests.factories import new_id


def test_a_developer_is_added_and_removed(run: Command, database_url: str) -> None:
    settings = {"database_url": database_url}
    user = ("--user-id", str(new_id()))
    added = run("admin", "add", "dev", *user, **settings)
    assert (added.code, added.out.startswith("gbdev_")) == (0, True)
    assert run("admin", "add", "dev", *user, **settings).complaint.startswith("There is a developer of this name.")
    assert run("admin", "remove", "dev", **settings).out == "dev can sign in no more.\n"
    assert run("admin", "remove", "dev", **settings).complaint == "There is no developer of this name."
    production = settings | {"environment": "production", "api_key": "a-key-of-our-own"}
    refused = run("admin", "add", "dev", *user, **production)
    assert (refused.code, "GUILDBASE_ENVIRONMENT" in refused.complaint) == (2, True)
