from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.connections.process_lock import single_process

HOLD = """
import sys, time
from guildbase.database.connections.process_lock import single_process
with single_process(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/bot.db"


def test_a_second_process_is_refused_by_number_until_the_first_is_gone(url: str) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, url], stdout=subprocess.PIPE) as first:
        try:
            assert first.stdout is not None
            assert first.stdout.readline() == b"held\n"
            with pytest.raises(DatabaseUnavailable) as refused, single_process(url):
                pytest.fail("Two processes hold one file.")
            assert f"Process {first.pid} already uses" in refused.value.message
            assert "PostgreSQL" in refused.value.hint
        finally:
            first.send_signal(signal.SIGKILL)
    # Nothing tidied up, and still nobody has to remove a stale file by hand.
    with single_process(url):
        pass


def test_the_lock_ends_with_the_block_even_on_an_error(url: str) -> None:
    with pytest.raises(KeyError), single_process(url):
        raise KeyError
    with single_process(url):
        pass


def test_a_process_that_has_not_yet_written_its_number_is_unknown(url: str, tmp_path: Path) -> None:
    with (tmp_path / "bot.db.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(DatabaseUnavailable, match="Process unknown already uses"), single_process(url):
            pytest.fail("Two hold one file.")


def test_postgresql_serves_several_processes() -> None:
    url = "postgresql://somewhere/bot"
    with single_process(url), single_process(url):
        pass


def test_a_folder_that_is_not_there_is_told_plainly(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/absent/bot.db"
    with pytest.raises(DatabaseUnavailable, match="No such file or directory") as refused, single_process(url):
        pytest.fail("There is nothing to hold.")
    assert "folder" in refused.value.hint
