"""The OpenAPI document: refusals that each operation can answer, rights, examples that fit, and stable names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from guildbase.api.app import create_app
from guildbase.api.operations import Guard, Operation, operations
from guildbase.core.registry import FeatureRegistry
from guildbase.core.rights import Right
from guildbase.core.settings import Settings
from guildbase.services.assembly import assemble

PUBLIC = {
    "health",
    "health_live",
    "health_ready",
    # How one signs in.
    "get_sign_in_ways",
    "sign_in",
    "finish_sign_in",
    "sign_in_as_developer",
    # Its server stands in the query, so it asks who listens itself; its own tests have who is refused.
    "listen",
}
"""All that is open to everybody."""
FOR_CALLERS = {
    "get_settings_schemas",
    # Whose preferences they are is asked by their controller.
    "get_preferences",
    "change_preferences",
}
"""What is for everybody who is signed in, since it is of no server and no person, or its controller asks who."""

TWICE_IS_ONCE = {
    # What is wanted is a state, which a repetition finds reached.
    "allow_automod_violation", "assign_ticket", "authorize_user", "change_automod_rule", "change_my_preferences",
    "change_preferences", "change_settings", "change_web_user", "claim_ticket", "decide_global_standing",
    "decide_standing", "dismiss_automod_violation", "forget_cached_guild", "leave_server", "lock_channels",
    "lock_in_raid", "mark_error_seen", "roll_custom_setting_back", "set_permission", "set_ticket_priority",
    "sign_out", "tag_ticket", "test_automod", "unclaim_ticket", "unlock_channels", "admit_at_gate", "erase_my_data",
    # A repetition is a conflict, and changes nothing.
    "act_on_raid", "cancel_due_work", "close_report", "close_ticket", "end_raid", "reopen_ticket", "retry_due_work",
    "retry_effect",
    # A repetition is a new one on purpose, or costs nothing.
    "export_my_data", "rotate_key", "rotate_operator_key", "sign_in_as_developer",
}  # fmt: skip
"""Operations that need no key for that."""


@pytest.fixture(scope="module")
def described(registry: FeatureRegistry) -> tuple[list[Operation], dict[str, Any]]:
    """All operations, and the document."""
    app = create_app(assemble(Settings(database_url="sqlite:///never-opened.db"), registry))
    return list(operations(app.routes)), app.openapi()


Described = tuple[list[Operation], dict[str, Any]]


def test_every_operation_of_a_server_asks_for_a_right_there(described: Described) -> None:
    found, _document = described
    of_guilds = [one for one in found if "{guild_id}" in one.path]
    assert len(of_guilds) > 40
    assert {one.name for one in of_guilds if one.guard not in (Guard.GUILD, Guard.OPERATOR)} == set()


def test_what_is_open_to_all_is_on_a_short_list(described: Described) -> None:
    found, _document = described
    assert {one.name for one in found if one.guard is Guard.PUBLIC} <= PUBLIC
    assert {one.name for one in found if one.guard is Guard.CALLER} <= FOR_CALLERS


def test_what_changes_a_server_asks_for_more_than_a_look(described: Described) -> None:
    found, _document = described
    looks = {Right.VIEW_SETTINGS, Right.VIEW_CASES, Right.VIEW_AUDIT}
    harmless = {"test_automod"}  # It only tells.
    assert {one.name for one in found if one.is_unsafe and one.right in looks} <= harmless


def test_what_changes_something_takes_an_idempotency_key(described: Described) -> None:
    """PUT and DELETE have the same effect twice by themselves."""
    found, _document = described
    without = {one.name for one in found if one.method in ("POST", "PATCH") and not one.is_idempotent_by_key}
    assert without <= TWICE_IS_ONCE


def each(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_refusals_are_problem_details_and_only_those_that_can_be(described: Described) -> None:
    _found, document = described
    for where, operation in each(document):
        for status, response in operation["responses"].items():
            if status.startswith(("4", "5")) and "health" not in where:
                assert response == {"$ref": f"#/components/responses/Problem{status}"}, (where, status)
    told = {operation["operationId"]: set(operation["responses"]) for _where, operation in each(document)}
    assert told["get_settings_schemas"] == {"200", "401", "429", "503"}
    assert told["change_settings"] == {"200", "401", "403", "404", "409", "413", "422", "429", "503"}
    assert told["list_cases"] == {"200", "401", "403", "404", "422", "429", "503"}
    for status, response in document["components"]["responses"].items():
        assert list(response["content"]) == ["application/problem+json"], status


def test_the_description_says_which_right_an_operation_needs(described: Described) -> None:
    _found, document = described
    told = {operation["operationId"]: operation["description"] for _where, operation in each(document)}
    assert told["change_settings"].endswith("Needs the right `edit_settings` in the server.")
    assert told["list_shards"].endswith("For the bot's operators only.")


def test_every_body_has_an_example_that_fits_its_schema(described: Described) -> None:
    _found, document = described
    checked = 0
    for where, operation in each(document):
        answers = [it for status, it in operation["responses"].items() if status.startswith("2")]
        for body in (operation.get("requestBody", {}), *answers):
            media = body.get("content", {}).get("application/json")
            if media is None or "schema" not in media:
                continue
            schema = media["schema"] | {"components": document["components"]}
            problems = [
                f"{it.instance_path}: {it.message}" for it in jsonschema_rs.iter_errors(schema, media["example"])
            ]
            assert problems == [], (where, media["example"])
            checked += 1
    assert checked > 80


def test_the_names_of_schemas_are_those_of_their_models(described: Described) -> None:
    """The framework makes long names of two models that are called alike; a client would have to write them."""
    _found, document = described
    assert [name for name in document["components"]["schemas"] if "__" in name] == []


def test_the_ways_to_show_who_one_is_are_described(described: Described) -> None:
    _found, document = described
    schemes = {(it["in"], it["name"]) for it in document["components"]["securitySchemes"].values()}
    assert {("header", "X-API-Key"), ("header", "X-CSRF-Token")} <= schemes
    assert {where for where, _name in schemes} == {"header", "cookie"}
