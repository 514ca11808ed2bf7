from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from guildbase.core.logging import (
    configure_logging,
    configure_plain_logging,
    correlation,
    current_correlation_id,
    new_correlation_id,
    redact_secrets,
)


@pytest.fixture(autouse=True)
def _put_logging_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    others = {name: logging.getLogger(name).level for name in ("discord", "alembic", "uvicorn")}
    configuration = structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in others.items():
        logging.getLogger(name).setLevel(before)
    structlog.configure(**configuration)


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_our_lines_and_those_of_libraries_are_json_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(as_json=True)
    structlog.get_logger("guildbase.x").info("case_opened", guild_id=1, odd=object)
    logging.getLogger("some.library").warning("careful with %s", "that")
    ours, theirs = _lines(capsys)
    assert (ours["event"], ours["guild_id"], ours["level"], ours["logger"]) == ("case_opened", 1, "info", "guildbase.x")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("careful with that", "warning", "some.library")
    assert ours["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "key", ["token", "discord_token", "API_KEY", "Authorization", "client_secret", "db_password", "set_cookie"]
)
@pytest.mark.parametrize("as_json", [True, False])
def test_a_secret_cannot_be_logged_under_its_own_name(
    capsys: pytest.CaptureFixture[str], key: str, as_json: bool
) -> None:
    configure_logging(as_json=as_json)
    structlog.get_logger("x").warning("sent", **{key: "s3cr3t", "harmless": "shown"})
    written = capsys.readouterr().err
    assert "s3cr3t" not in written
    assert "[redacted]" in written
    assert "shown" in written


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_shows_where_and_no_local_values(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    configure_logging(as_json=as_json)
    private = "what a member wrote"
    try:
        raise ValueError(len(private))
    except ValueError:
        structlog.get_logger("x").exception("failed")
    written = capsys.readouterr().err
    assert "ValueError: 19" in written
    assert "test_logging.py" in written
    assert "member wrote" not in written
    assert len(written.splitlines()) == 1 or not as_json


def test_every_line_carries_the_correlation_id(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(as_json=True)
    assert current_correlation_id() is None
    with correlation("abc") as outer:
        assert outer == current_correlation_id() == "abc"
        with correlation() as inner:
            assert inner == current_correlation_id() != "abc"
        structlog.get_logger("x").warning("one")
        logging.getLogger("library").warning("two")
    assert current_correlation_id() is None
    assert [line["correlation_id"] for line in _lines(capsys)] == ["abc", "abc"]


def test_correlation_ids_differ() -> None:
    assert len({new_correlation_id() for _ in range(1000)}) == 1000


def test_the_level_counts_for_us_and_for_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(level="WARNING", as_json=True)
    structlog.get_logger("x").info("quiet")
    logging.getLogger("library").info("quiet")
    structlog.get_logger("x").warning("heard")
    assert [line["event"] for line in _lines(capsys)] == ["heard"]


def test_talkative_libraries_are_heard_from_warnings_on(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(level="DEBUG", as_json=True)
    logging.getLogger("discord.gateway").info("step")
    logging.getLogger("discord.gateway").warning("trouble")
    assert [line["event"] for line in _lines(capsys)] == ["trouble"]


def test_without_a_terminal_lines_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    structlog.get_logger("x").info("hello")
    assert _lines(capsys)[0]["event"] == "hello"


def test_configuring_twice_does_not_double_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(as_json=True)
    configure_logging(as_json=True)
    structlog.get_logger("x").info("once")
    assert len(_lines(capsys)) == 1


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("connect to postgresql://bot:hunter2@db/x failed", "connect to postgresql://bot:[redacted]@db/x failed"),
        (f"sent Authorization: Bot {'M' * 26}.{'a' * 6}.{'b' * 38}", "sent Authorization: Bot [redacted]"),
        (f"429 at /webhooks/123/{'t' * 60}/messages", "429 at /webhooks/123/[redacted]/messages"),
        (f"404 at /interactions/123/{'t' * 60}/callback", "404 at /interactions/123/[redacted]/callback"),
        ("see http://127.0.0.1:8000/api/v1 and a@b.example", "see http://127.0.0.1:8000/api/v1 and a@b.example"),
    ],
)
def test_regression_secrets_within_texts_are_blanked(text: str, left: str) -> None:
    event = {"event": text, "deep": {"inner": [text], "api_key": "x", 1: ("y", 2)}}
    redacted = redact_secrets(None, "info", event)
    assert redacted["event"] == left
    assert redacted["deep"] == {"inner": [left], "api_key": "[redacted]", 1: ["y", 2]}


def test_regression_a_traceback_keeps_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(as_json=True)
    try:
        raise ValueError("no answer from postgresql://bot:hunter2@db/x")
    except ValueError:
        structlog.get_logger("test").exception("it_failed")
    told = capsys.readouterr().err
    assert "hunter2" not in told
    assert "ValueError: no answer from" in told


def test_regression_objects_and_numbers_as_keys_keep_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(as_json=True)
    error = ValueError("postgres://bot:p@ss@db/x")
    structlog.get_logger("test").info("odd", by_number={1: {"token": "hunter2"}}, error=error)
    (line,) = _lines(capsys)
    assert line["by_number"] == {"1": {"token": "[redacted]"}}
    assert line["error"] == "ValueError('postgres://bot:[redacted]@db/x')"


def test_plain_logging_shows_no_local_variables_and_leaves_others_alone(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.reset_defaults()
    configure_plain_logging()
    try:
        secret = "hunter2 in a local variable"
        raise ValueError(secret[:7].upper())
    except ValueError:
        structlog.get_logger("x").warning("went_wrong", exc_info=True, token="abc")
    structlog.get_logger("x").info("not_told")
    told = capsys.readouterr().out
    assert "ValueError: HUNTER2" in told
    assert "hunter2 in a" not in told.replace('secret = "hunter2 in a local variable"', "")
    assert "abc" not in told
    assert "not_told" not in told
    before = structlog.get_config()
    configure_plain_logging()
    assert structlog.get_config() == before
