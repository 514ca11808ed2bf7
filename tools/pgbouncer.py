"""Finds a PgBouncer for the tests of connections, and installs one where there is none (`make pgbouncer`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

HOW_TO_GET_ONE = (
    "no PgBouncer was found: run `make pgbouncer` as root on Debian or Ubuntu, or set PGBOUNCER to its path"
)


def find() -> str | None:
    """Return the path of the program: the one that PGBOUNCER names, or an installed one."""
    # Debian puts it where only root looks.
    return os.environ.get("PGBOUNCER") or shutil.which("pgbouncer", path=f"{os.defpath}:/usr/sbin:/usr/local/bin")


def install() -> bool:
    """Install it with the system's packages, when that is allowed."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    if not shutil.which("apt-get") or (sudo and not shutil.which("sudo")):
        return False
    commands = (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "pgbouncer"])
    return all(
        subprocess.run([*sudo, "env", "DEBIAN_FRONTEND=noninteractive", *it], check=False).returncode == 0
        for it in commands
    )


def main() -> int:
    """Return 0 if there is one in the end."""
    path = find()
    if path is None and install():
        path = find()
    print(f"The tests of connections use {path}." if path else HOW_TO_GET_ONE)
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
