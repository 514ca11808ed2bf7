"""The demo as people start it: its story, its prompt, and what is left when it ends."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from guildbase.testing.valkey import ValkeyProcess
from tests.local_features import LocalFeatures

DEMO = (sys.executable, "-m", "guildbase", "demo")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to start from, and another one for everything temporary."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GUILDBASE_")]:
        monkeypatch.delenv(name)
    # Built before the tests, and by no demo of theirs.
    monkeypatch.setenv("GUILDBASE_DASHBOARD", "skip")
    tempfile.tempdir = None
    return scratch


def test_the_story_holds_every_promise(elsewhere: Path) -> None:
    ended = subprocess.run((*DEMO, "--headless", "--check", "--json"), capture_output=True, text=True, check=False)
    steps = json.loads(ended.stdout)
    assert [step["name"] for step in steps if not step["is_ok"]] == [], steps
    assert ended.returncode == 0
    assert [step["name"] for step in steps] == [
        "start", "join", "/status", "/warn", "closed DMs", "cases over HTTP", "/tempban", "automod", "ticket",
        "/config", "sign-in", "dashboard", "forged request", "cog reload", "resume", "SIGKILL", "stop",
    ]  # fmt: skip
    assert list(elsewhere.iterdir()) == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize("comes_back", [False, True], ids=["stays_away", "comes_back_empty"])
def test_the_story_holds_every_promise_on_servers_with_redis_killed_in_the_middle(
    guildbase_empty_postgresql_url: str,
    guildbase_valkey: ValkeyProcess,
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
    comes_back: bool,
) -> None:
    monkeypatch.setenv("GUILDBASE_DATABASE_URL", guildbase_empty_postgresql_url)
    monkeypatch.setenv("GUILDBASE_REDIS_URL", guildbase_valkey.url)
    with subprocess.Popen(
        (*DEMO, "--headless", "--check", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        told = []
        for line in demo.stderr:
            told.append(line.strip())
            if line.startswith("/warn:"):
                assert _keys(guildbase_valkey) != []
                guildbase_valkey.kill()
            if comes_back and line.startswith("cases over HTTP:"):
                guildbase_valkey.start()
        steps = json.loads(demo.stdout.read())
    assert "/warn: ok" in told
    assert [step["name"] for step in steps if not step["is_ok"]] == [], steps
    assert demo.returncode == 0
    assert len(steps) == 17
    # Without Redis the API cannot ask the bot for anybody's rights.
    [in_dashboard] = [step["told"] for step in steps if step["name"] == "dashboard"]
    assert ("refused with 503" in in_dashboard) is not comes_back
    assert list(elsewhere.iterdir()) == []
    if comes_back:
        assert _keys(guildbase_valkey) == []
    # The operator's own database is as empty as before, and the demo's is gone.
    with psycopg.connect(guildbase_empty_postgresql_url) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        # One that somebody is connected to is another test's.
        left = """SELECT count(*) FROM pg_database AS made WHERE starts_with(datname, 'guildbase_demo_')
            AND NOT EXISTS (SELECT FROM pg_stat_activity AS used WHERE used.datname = made.datname)"""
        demos = connection.execute(left).fetchone()
    assert (tables, demos) == ((0,), (0,))


def _keys(server: ValkeyProcess) -> list[object]:
    with Redis.from_url(server.url) as client:
        return list(client.scan_iter())


def test_lines_from_a_pipe_are_answered(elsewhere: Path) -> None:
    lines = (
        ":help", "/warn user:priya reason:spam", "hello there", ":dm hello", "!ping", ":people", ":servers",
        ":commands", "/nope", ":nope", ":be nobody", ":be mara", ":go nowhere", ":go tide #random", "/cog list", "",
        ":quit", "unread",
    )  # fmt: skip
    ended = subprocess.run(DEMO, input="\n".join(lines), capture_output=True, text=True, check=False)
    told = ended.stdout
    assert ended.returncode == 0, ended.stderr
    assert "Case #1: warned @priya, who was told by direct message" in told
    assert "to priya in private" in told
    assert "Pong!" in told
    assert "The bot has no such command" in told
    assert "There is no such thing to do" in told
    assert "Nobody here has that name" in told
    assert "There is no such place" in told
    assert "You are mara in Tidepool Games #random" in told
    assert "moderation (loaded)" in told
    assert "unread" not in told
    assert list(elsewhere.iterdir()) == []


def test_the_prompt_answers_in_a_terminal(elsewhere: Path) -> None:
    with terminal(DEMO) as screen:
        screen.expects("jonas in Harbour Café #general>")
        screen.types("/warn user:priya reason:spam\r")
        screen.expects("who was told by direct message")
        screen.types(":be ma")
        screen.expects(":be mara")
        screen.types("\t")
        screen.expects("ra")
        screen.types("\r")
        screen.expects("You are mara")
        screen.types("/sta")
        screen.expects("/status")
        screen.types("\t")
        screen.expects("tus")
        screen.types("\r")
        screen.expects("of 2 ready")
        # Between two prompts the terminal would keep the end of input for itself.
        screen.expects("mara in Harbour Café #general>")
        screen.types("\x04")
        assert screen.ends() == 0
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_headless_demo_stops_cleanly(number: signal.Signals, elsewhere: Path) -> None:
    with terminal((*DEMO, "--headless")) as screen:
        screen.expects("bot.log")
        screen.process.send_signal(number)
        assert screen.ends() == 0
    assert list(elsewhere.iterdir()) == []


def test_the_bot_never_outlives_a_killed_demo(elsewhere: Path) -> None:
    with terminal((*DEMO, "--headless")) as screen:
        screen.expects("bot.log")
        children = children_of(screen.process.pid)
        assert children
        screen.process.kill()
        until = time.monotonic() + 15
        while any(is_alive(child) for child in children):
            assert time.monotonic() < until, "the bot still runs"
            time.sleep(0.05)


def test_a_bot_that_dies_is_started_again_but_not_for_ever(elsewhere: Path) -> None:
    with terminal((*DEMO, "--headless")) as screen:
        screen.expects("bot.log")
        for told in ("It was started again.", "so it stays down."):
            (bot,) = children_of(screen.process.pid)
            os.kill(bot, signal.SIGKILL)
            screen.expects("The bot has ended by itself (exit code -9)")
            screen.expects(told)
        screen.process.send_signal(signal.SIGINT)
        assert screen.ends() == 0


def test_a_check_needs_no_terminal_and_says_so(elsewhere: Path) -> None:
    ended = subprocess.run((*DEMO, "--check"), capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.strip() == "guildbase: --check plays a story without a prompt. Add --headless."


def test_a_bot_that_cannot_start_is_explained(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    features = LocalFeatures(elsewhere / "features")
    features.write("unlucky", cog="raise SystemExit('No luck today.')")
    monkeypatch.setenv("GUILDBASE_FEATURES_DIR", str(features.folder))
    ended = subprocess.run((*DEMO, "--headless"), capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "The bot did not start" in ended.stderr
    assert "No luck today." in ended.stderr


def test_a_folder_of_features_that_is_not_there_is_told_at_once(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUILDBASE_FEATURES_DIR", str(elsewhere / "missing"))
    ended = subprocess.run((*DEMO, "--headless"), capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "is not a folder" in ended.stderr
    assert "Traceback" not in ended.stderr


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


class Terminal:
    """A person's terminal with a program in it."""

    def __init__(self, process: subprocess.Popen[bytes], handle: int) -> None:
        self.process = process
        self._handle = handle
        self._seen = ""

    def types(self, text: str) -> None:
        os.write(self._handle, text.encode())

    def expects(self, text: str, *, within: float = 60.0) -> None:
        """Wait until the text is shown; what was shown before it counts as read."""
        until = time.monotonic() + within
        while text not in self._plain():
            assert time.monotonic() < until, f"{text!r} is not in {self._plain()[-2000:]}"
            self._read()
        self._seen = self._plain().split(text, 1)[1]

    def ends(self, *, within: float = 30.0) -> int:
        """Read on until the program ends and return its exit code."""
        until = time.monotonic() + within
        while self.process.poll() is None:
            assert time.monotonic() < until, self._plain()[-2000:]
            self._read()
        return self.process.returncode

    def _read(self) -> None:
        ready, _, _ = select.select([self._handle], [], [], 0.1)
        if ready:
            try:
                self._seen += os.read(self._handle, 65536).decode(errors="replace")
            except OSError:  # The program has closed its side.
                time.sleep(0.05)

    def _plain(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._seen)


@contextmanager
def terminal(command: tuple[str, ...]) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
