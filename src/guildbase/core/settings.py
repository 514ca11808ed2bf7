"""All settings, read from `GUILDBASE_...` variables and a `.env` file; `.env.example` is made from here."""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from guildbase.core.crypto import Keyring, parse_keys, read_keys
from guildbase.core.errors import ConfigurationError
from guildbase.core.snowflake import SMALLEST

ENV_PREFIX = "GUILDBASE_"
DEFAULT_API_KEY = "development-key"
_USUAL_PORTS = {"http": ":80", "https": ":443"}


class Environment(StrEnum):
    """Where this process runs; production refuses default secrets."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How log lines look; `auto` gives colours on a terminal and JSON elsewhere."""

    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class Settings(BaseSettings):
    """The operator's choices. Each has a default that works on one machine with no service."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_file=".env", extra="ignore", hide_input_in_errors=True)

    environment: Environment = Field(default=Environment.DEVELOPMENT, description="`development` or `production`.")
    log_level: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR."
    )
    log_format: LogFormat = Field(
        default=LogFormat.AUTO, description="`console`, `json`, or `auto` (JSON unless on a terminal)."
    )

    discord_token: SecretStr = Field(
        default=SecretStr(""), description="The bot's token from https://discord.com/developers."
    )
    discord_api_url: str = Field(default="", description="REST base URL of another Discord, such as the simulator's.")
    discord_gateway_url: str = Field(default="", description="Gateway URL of another Discord, such as the simulator's.")
    shard_count: int | None = Field(
        default=None, ge=1, description="Number of shards; empty lets Discord recommend it."
    )
    shards_per_process: int | None = Field(
        default=None, ge=1, description="Shards that one bot process runs; empty gives all to one process."
    )
    lease_ttl: float = Field(
        default=15, ge=1, le=300, description="Seconds after which what a dead process held goes to another one."
    )
    discord_requests_per_second: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="Calls a second that Discord allows the bot; each process keeps to the share of its shards.",
    )
    owner_ids: Annotated[frozenset[int], NoDecode] = Field(
        default=frozenset(),
        description="JSON list of user ids that may use owner commands, besides the application's owner.",
    )
    main_guild_id: int | None = Field(default=None, ge=SMALLEST, description="Id of the server of the bot's makers.")
    developer_role_id: int | None = Field(
        default=None,
        ge=SMALLEST,
        description="Id of a role in the main server; its members are the bot's developer team, besides `owner_ids`.",
    )
    default_prefix: str = Field(
        default="!", min_length=1, max_length=10, description="Prefix of text commands in new guilds."
    )

    database_url: str = Field(
        default="sqlite:///guildbase.db", description="`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`."
    )
    database_pool_size: int = Field(default=10, ge=1, le=200, description="Connections kept open to the database.")
    database_pool_overflow: int = Field(
        default=10, ge=0, le=200, description="Connections opened besides when all are in use."
    )
    database_pool_timeout: float = Field(
        default=2, gt=0, le=60, description="Seconds to wait for a free connection before giving up."
    )
    database_statement_timeout: float = Field(
        default=5, gt=0, le=3600, description="Seconds that one statement may take."
    )
    database_lock_timeout: float = Field(
        default=4, gt=0, le=3600, description="Seconds to wait for a lock that another transaction holds."
    )
    database_pgbouncer: bool = Field(
        default=False, description="`true` when the URL leads to PgBouncer in transaction mode."
    )
    database_replica_urls: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(), description="JSON list of URLs of PostgreSQL replicas that may serve reads."
    )
    database_replica_max_lag: float = Field(
        default=5, ge=1, le=100, description="Seconds that a replica may be behind and still serve reads."
    )
    redis_url: SecretStr = Field(
        default=SecretStr(""),
        description="`redis://HOST:6379/0` of Redis or Valkey, for several processes; empty keeps all in the process.",
    )
    redis_timeout: float = Field(
        default=0.25, gt=0, le=10, description="Seconds that Redis may take to answer before all go on without it."
    )
    redis_namespace: str = Field(
        default="guildbase", pattern="^[A-Za-z0-9_-]{1,40}$", description="What the keys in Redis begin with."
    )
    cache_local_ttl: float = Field(
        default=30, gt=0, le=300, description="Seconds that a process trusts its own copy of what is in Redis."
    )
    guild_config_ttl: float = Field(
        default=3600, ge=1, le=86_400, description="Seconds that a guild's configuration is cached."
    )
    user_cases_ttl: float = Field(default=1800, ge=1, le=86_400, description="Seconds that a user's cases are cached.")
    preferences_ttl: float = Field(
        default=3600, ge=1, le=86_400, description="Seconds that a person's preferences are cached."
    )
    leaderboard_ttl: float = Field(
        default=3600, ge=1, le=604_800, description="Seconds after which a leaderboard is read anew from the database."
    )
    web_session_ttl: float = Field(
        default=86_400, ge=60, le=2_592_000, description="Seconds without a request after which a login ends."
    )
    web_session_max_age: float = Field(
        default=2_592_000, ge=60, le=31_536_000, description="Seconds after which a login ends in any case."
    )
    command_rate_limit: int = Field(
        default=10, ge=1, le=1000, description="Commands that a person may use in a server within the window below."
    )
    command_rate_limit_premium: int = Field(
        default=30, ge=1, le=1000, description="The same in servers of the tier `premium`."
    )
    command_rate_window: float = Field(
        default=60, ge=1, le=86_400, description="Seconds of the window in which commands are counted."
    )
    api_rate_limit: int = Field(default=300, ge=1, le=10_000, description="Requests a minute with one API key.")
    api_guess_limit: int = Field(
        default=20, ge=1, le=1000, description="Requests a minute from one address with a wrong API key."
    )
    api_address_limit: int = Field(
        default=1200, ge=1, le=100_000, description="Requests a minute from one address, whoever it is."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="JSON list of web sites whose pages may ask the API with a key, `https://app.example.com`.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.1", "::1"),
        description="JSON list of addresses and networks of proxies; their X-Forwarded-For tells who asks.",
    )
    login_rate_limit: int = Field(
        default=10, ge=1, le=1000, description="Attempts to log in within 15 minutes, by address or account."
    )
    money_rate_limit: int = Field(
        default=30, ge=1, le=1000, description="Transfers of money a minute by one person in a server."
    )
    llm_rate_limit: int = Field(
        default=20, ge=1, le=1000, description="Questions an hour of one person in a server to a language model."
    )
    llm_rate_limit_premium: int = Field(
        default=100, ge=1, le=1000, description="The same in servers of the tier `premium`."
    )

    write_behind_interval: float = Field(
        default=2, gt=0, le=60, description="Seconds that counts and log rows are gathered; a kill loses no more."
    )
    write_behind_max_rows: int = Field(
        default=50_000, ge=1, description="Rows of one table that may wait for the database; more are dropped."
    )

    guild_retention_days: int = Field(
        default=30, ge=1, description="Days that a guild's data is kept after the bot was removed from it."
    )
    erasure_list_file: Path | None = Field(
        default=None,
        description="File that remembers erasures for restored backups; empty puts it beside the SQLite file.",
    )
    audit_retention_days: int = Field(
        default=365, ge=1, description="Days that audit entries are kept; they go a whole month at a time."
    )
    error_retention_days: int = Field(
        default=90, ge=1, description="Days that errors are kept; they go a whole month at a time."
    )
    usage_retention_days: int = Field(
        default=365, ge=1, description="Days that it is kept how often commands were used."
    )
    shard_history_retention_days: int = Field(
        default=30, ge=1, le=365, description="Days that it is kept how the shards fared."
    )
    permission_check_retention_days: int = Field(
        default=30, ge=1, description="Days that it is kept who was allowed and refused which command."
    )
    security_event_retention_days: int = Field(
        default=365, ge=7, description="Days that security events are kept; they go a whole month at a time."
    )
    address_retention_days: int = Field(
        default=30, ge=1, description="Days that it is kept from which address somebody signed in or was refused."
    )
    outbox_retention_days: int = Field(
        default=7, ge=1, description="Days that promised effects are kept after they are done or given up."
    )
    due_work_retention_days: int = Field(
        default=7, ge=1, description="Days that timed work is kept after it was done or cancelled."
    )

    encryption_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Keys of encrypted columns and backups, `id:base64,...`; the first encrypts, all decrypt. "
        "`guildbase keys new` prints one.",
    )
    encryption_keys_file: Path | None = Field(
        default=None, description="File with these keys, one `id:base64` a line, instead of the variable."
    )
    backup_dir: Path = Field(default=Path("backups"), description="Folder that backups are written to.")
    postgresql_programs: Path | None = Field(
        default=None, description="Folder of pg_dump, pg_restore and psql, if they are not on the PATH."
    )

    api_host: str = Field(default="127.0.0.1", description="Address the HTTP API listens on.")
    api_port: int = Field(default=8000, ge=0, le=65535, description="Port the HTTP API listens on; 0 picks a free one.")
    api_key: SecretStr = Field(
        default=SecretStr(DEFAULT_API_KEY), description="Key for reading the API; production refuses the default."
    )
    public_url: str = Field(
        default="",
        pattern=r"^$|^(?i:https?)://[^/?#\s@]+$",
        description="Where browsers reach the API and the dashboard, `https://bot.example.com`; "
        "empty means http and the address above.",
    )
    oauth_client_id: int | None = Field(
        default=None,
        ge=SMALLEST,
        description="Client id of the application, for signing in with Discord; empty switches that off.",
    )
    oauth_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Client secret of the application, from its page OAuth2."
    )
    oauth_email: bool = Field(
        default=False, description="`true` asks people who sign in for their e-mail address, too."
    )
    dashboard_dir: Path | None = Field(
        default=None, description="Folder of a dashboard that you built yourself; empty takes the one that is included."
    )
    health_host: str = Field(
        default="127.0.0.1", description="Address of /livez, /readyz and /metrics; keep it private."
    )
    health_port: int = Field(
        default=8080, ge=0, le=65535, description="Port of /livez, /readyz and /metrics; 0 picks one."
    )

    features_dir: Path | None = Field(
        default=None, description="Folder whose sub-folders are loaded as your own features."
    )

    @field_validator(
        "main_guild_id",
        "developer_role_id",
        "oauth_client_id",
        "shard_count",
        "shards_per_process",
        "features_dir",
        "dashboard_dir",
        "erasure_list_file",
        "encryption_keys_file",
        "postgresql_programs",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("owner_ids", mode="before")
    @classmethod
    def _json_list(cls, value: Any) -> Any:
        # Left to the settings library, malformed JSON would not be a ValidationError and name no variable.
        if not isinstance(value, str):
            return value
        try:
            ids = orjson.loads(value or "[]")
        except orjson.JSONDecodeError:
            ids = None
        if not isinstance(ids, list):
            raise ValueError("must be a JSON list of ids, such as [1128754567890123457]")
        return ids

    @field_validator("encryption_keys")
    @classmethod
    def _keys(cls, value: SecretStr) -> SecretStr:
        try:
            parse_keys(value.get_secret_value())
        except ConfigurationError as error:
            raise ValueError(error.message.partition(": ")[2].removesuffix(".")) from None
        return value

    @field_validator("database_replica_urls", mode="before")
    @classmethod
    def _json_urls(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            urls = orjson.loads(value or "[]")
        except orjson.JSONDecodeError:
            urls = None
        if not isinstance(urls, list) or not all(str(url).startswith(("postgresql:", "postgres:")) for url in urls):
            raise ValueError('must be a JSON list of PostgreSQL URLs, such as ["postgresql://USER@HOST/NAME"]')
        return urls

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _json_origins(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            origins = orjson.loads(value or "[]")
        except orjson.JSONDecodeError:
            origins = None
        if not isinstance(origins, list) or not all(re.fullmatch(r"https?://[^/?#\s*]+", str(it)) for it in origins):
            raise ValueError('must be a JSON list of origins, such as ["https://app.example.com"]')
        return origins

    @field_validator("public_url")
    @classmethod
    def _as_browsers_write_it(cls, value: str) -> str:
        # Browsers send their origin in small letters and without the usual port, and what differs is another site.
        scheme, _, host = value.lower().partition("://")
        return value and f"{scheme}://{host.removesuffix(_USUAL_PORTS.get(scheme, ''))}"

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _json_networks(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            found = orjson.loads(value or "[]")
            for network in found:
                ipaddress.ip_network(network)
        except (orjson.JSONDecodeError, TypeError, ValueError):
            found = None
        if not isinstance(found, list):
            raise ValueError('must be a JSON list of addresses and networks, such as ["127.0.0.1", "172.16.0.0/12"]')
        return found

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")) and value.get_secret_value():
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:", "sqlite+", "postgresql:", "postgresql+", "postgres:")):
            raise ValueError("must start with sqlite: or postgresql:")
        return value

    @model_validator(mode="after")
    def _no_default_secret_in_production(self) -> Settings:
        if self.environment is Environment.PRODUCTION and self.api_key.get_secret_value() in (
            "",
            DEFAULT_API_KEY,
        ):
            raise ValueError(f"{ENV_PREFIX}API_KEY must be your own secret in production")
        return self

    def keyring(self) -> Keyring:
        """Return the encryption keys; raise ConfigurationError if their file is wrong."""
        return Keyring(read_keys(self.encryption_keys.get_secret_value(), self.encryption_keys_file))


def load_settings(**overrides: Any) -> Settings:
    """Return the settings; raise ConfigurationError that names every bad one and never shows a value."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        problems = "; ".join(_problem(item["loc"], item["msg"]) for item in error.errors(include_input=False))
        raise ConfigurationError(
            f"Settings: {problems}.",
            hint="Correct them in the environment or in .env; .env.example explains each.",
        ) from None


def _problem(location: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{ENV_PREFIX}{str(location[0]).upper()}: {text}" if location else text


def env_example() -> str:
    """Return the text of `.env.example`: every variable with its meaning and its default."""
    lines = ["# Every setting of Guildbase. Made by `make generate` from src/guildbase/core/settings.py."]
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        if isinstance(default, tuple | frozenset):
            default = orjson.dumps(sorted(default)).decode()
        shown = "" if default is None else str(default)
        shown = shown.lower() if isinstance(default, bool) else shown
        lines += ["", f"# {field.description}", f"{ENV_PREFIX}{name.upper()}={shown}"]
    return "\n".join(lines) + "\n"
