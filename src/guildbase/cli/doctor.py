"""`guildbase doctor`: checks what the bot stands on, and says how to mend what is wrong."""

from __future__ import annotations

import platform
import socket
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from guildbase.core.clock import human_duration, utcnow
from guildbase.core.errors import GuildbaseError
from guildbase.core.logging import configure_logging
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Environment, Settings, load_settings

STACK = ("guildbase", "discord-py", "sqlmodel", "sqlalchemy", "alembic", "asyncpg", "aiosqlite", "fastapi", "pydantic")

BACKUP_MAX_AGE = timedelta(days=7)
"""How old the newest backup and the last drill may be in production."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    check: str
    is_ok: bool
    found: str
    mend: str = ""


async def run_doctor(*, as_json: bool) -> int:
    """Print all findings; return 0 if everything is well and 1 if not."""
    configure_logging(level="ERROR", as_json=False)
    findings = await examine()
    if as_json:
        print(orjson.dumps([asdict(finding) for finding in findings]).decode())
    else:
        _show(findings)
    return 0 if all(finding.is_ok for finding in findings) else 1


async def examine() -> list[Finding]:
    """Return the findings; without valid settings the other checks have nothing to go by."""
    findings = [Finding("versions", True, ", ".join([f"python {platform.python_version()}", *_versions()]))]
    try:
        settings = load_settings()
    except GuildbaseError as error:
        return [*findings, Finding("settings", False, error.message, error.hint)]
    findings.append(Finding("settings", True, f"{settings.environment}, every variable is valid"))
    checks: list[tuple[str, Callable[[Settings], Awaitable[str]]]] = [
        ("features", _features),
        ("database", _database),
        ("migrations", _migrations),
        ("redis", _redis),
        ("keys", _keys),
        ("backups", _backups),
        ("token", _token),
        ("sign-in", _sign_in),
        ("api port", _api_port),
        ("health port", _health_port),
    ]
    for name, check in checks:
        try:
            findings.append(Finding(name, True, await check(settings)))
        except GuildbaseError as error:
            findings.append(Finding(name, False, error.message, error.hint))
    return findings


def _versions() -> list[str]:
    return [f"{name} {version(name)}" for name in STACK]


async def _features(settings: Settings) -> str:
    registry = FeatureRegistry.discover(settings.features_dir)
    if registry.broken:
        reasons = "; ".join(f"{package}: {reason}" for package, reason in registry.broken.items())
        raise GuildbaseError(f"Refused: {reasons}.", hint="Mend or remove the package.")
    return ", ".join(registry.features)


async def _database(settings: Settings) -> str:
    from guildbase.database.manager import DatabaseManager

    _require_file(settings)
    database = DatabaseManager.from_settings(settings)
    try:
        health = await database.health()
        replicas = (f", {_replica(*replica)}" for replica in health.replica_lags.items())
        return "".join([f"{database.description} answers in {health.latency * 1000:.0f} ms", *replicas])
    finally:
        await database.close()


def _replica(address: str, lag: float | None) -> str:
    return f"{address} is unusable" if lag is None else f"{address} is {lag:.1f} s behind"


async def _migrations(settings: Settings) -> str:
    from guildbase.database.manager import DatabaseManager
    from guildbase.database.schema.migrate import current, require_head

    _require_file(settings)
    database = DatabaseManager.from_settings(settings)
    try:
        await require_head(database, FeatureRegistry.discover(settings.features_dir))
        return f"at the newest revision, {await current(database)}"
    finally:
        await database.close()


async def _redis(settings: Settings) -> str:
    from guildbase.services.redis import RedisConnection

    url = settings.redis_url.get_secret_value()
    if not url:
        return "not used; several processes need one"
    redis = RedisConnection(url, settings.redis_namespace, timeout=settings.redis_timeout)
    try:
        facts = await redis.facts()
    finally:
        await redis.close()
    told = f"{facts.server} answers in {facts.latency * 1000:.0f} ms"
    if facts.drops_nothing:
        raise GuildbaseError(
            f"{told}, but refuses writes once its memory is full.",
            hint="Set its maxmemory-policy to allkeys-lru: it holds copies alone.",
        )
    return told


async def _keys(settings: Settings) -> str:
    from guildbase.database.manager import DatabaseManager
    from guildbase.database.schema.revision import require_head
    from guildbase.services.encryption_keys import verify_keys

    ids = settings.keyring().ids
    told = f"key {ids[0]} encrypts, {len(ids)} in all" if ids else "none yet; `guildbase keys new` makes one"
    database = DatabaseManager.from_settings(settings)
    try:
        _require_file(settings)
        await require_head(database, FeatureRegistry.discover(settings.features_dir))
    except GuildbaseError:
        return told  # The checks before this one tell why.
    else:
        await verify_keys(database)
        return told
    finally:
        await database.close()


async def _backups(settings: Settings) -> str:
    from guildbase.services.backup.folder import last_drill, list_backups

    found = [backup.manifest for backup in list_backups(settings.backup_dir) if backup.manifest is not None]
    moments = {
        "newest backup": max((manifest.created_at for manifest in found), default=None),
        "last good drill": last_drill(settings.backup_dir),
    }
    told = ", ".join(f"{what}: {_ago(moment)}" for what, moment in moments.items())
    is_old = any(moment is None or utcnow() - moment > BACKUP_MAX_AGE for moment in moments.values())
    if is_old and settings.environment is Environment.PRODUCTION:
        raise GuildbaseError(f"{told}.", hint="Run: guildbase backup create; then: guildbase backup drill")
    return told


def _ago(moment: datetime | None) -> str:
    return "none" if moment is None else f"{human_duration((utcnow() - moment).total_seconds())} ago"


async def _token(settings: Settings) -> str:
    from guildbase.bot.intents import plan_intents
    from guildbase.bot.preflight import preflight
    from guildbase.bot.target import point_at

    point_at(settings)
    flight = await preflight(settings)
    plan = plan_intents(FeatureRegistry.discover(settings.features_dir), flight.granted)
    commands = "text and slash commands" if plan.text_commands else "slash commands (no Message Content intent)"
    return f"{flight.name}: {commands}, {flight.starts_left} starts left today"


async def _sign_in(settings: Settings) -> str:
    if settings.oauth_client_id is None or not settings.oauth_client_secret.get_secret_value():
        return "not set up; nobody can sign in to the dashboard with Discord"
    if settings.environment is Environment.PRODUCTION and not settings.public_url.startswith("https://"):
        raise GuildbaseError(
            "The dashboard's address is not given, or without https: logins would go over the network in clear text.",
            hint="Set GUILDBASE_PUBLIC_URL to https:// and the name that browsers use.",
        )
    own = settings.public_url or "the address that a browser asks for"
    return f"with Discord, back to {own}/api/v1/auth/callback"


async def _api_port(settings: Settings) -> str:
    return _free(settings.api_host, settings.api_port, "GUILDBASE_API_PORT")


async def _health_port(settings: Settings) -> str:
    return _free(settings.health_host, settings.health_port, "GUILDBASE_HEALTH_PORT")


def _require_file(settings: Settings) -> None:
    """Raise for a SQLite file that is not there, since opening it would make an empty one."""
    from guildbase.database.connections.address import sqlite_file

    file = sqlite_file(settings.database_url)
    if file is not None and not file.exists():
        raise GuildbaseError(f"There is no file {file}.", hint="Run: guildbase db upgrade")


def _free(host: str, port: int, variable: str) -> str:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise GuildbaseError(
            f"{host}:{port} cannot be used: {error.strerror}.",
            hint=f"If Guildbase itself runs, that is it; else stop the program, or set {variable}.",
        ) from None
    return f"{host}:{port} is free"


def _show(findings: list[Finding]) -> None:
    table = Table(title="Guildbase doctor", title_justify="left")
    table.add_column("check")
    table.add_column("result")
    table.add_column("found", overflow="fold")
    table.add_column("what to do", overflow="fold")
    for finding in findings:
        result = "[green]ok[/green]" if finding.is_ok else "[red]wrong[/red]"
        table.add_row(finding.check, result, escape(finding.found), escape(finding.mend))
    Console().print(table)
