from __future__ import annotations

from pathlib import Path

import pytest

from guildbase.core.errors import ConfigurationError
from guildbase.core.settings import ENV_PREFIX, Settings, env_example, load_settings


def test_without_any_setting_everything_works_on_one_machine() -> None:
    settings = load_settings()
    assert settings.environment == "development"
    assert settings.database_url.startswith("sqlite:///")
    assert settings.api_host == "127.0.0.1"
    assert settings.health_host == "127.0.0.1"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_explained_in_the_example_file(name: str) -> None:
    lines = env_example().splitlines()
    [at] = [number for number, line in enumerate(lines) if line.startswith(f"{ENV_PREFIX}{name.upper()}=")]
    assert lines[at - 1] == f"# {Settings.model_fields[name].description}"
    assert len(lines[at - 1]) > 15


def test_the_example_file_as_it_stands_gives_the_defaults(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(env_example())
    assert Settings(_env_file=tmp_path / ".env") == Settings()  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "live-value"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml-value"),
        ("SHARD_COUNT", "0"),
        ("SHARD_COUNT", "several"),
        ("OWNER_IDS", "not-json"),
        ("OWNER_IDS", '["kim-the-owner"]'),
        ("OWNER_IDS", "777"),
        ("DEFAULT_PREFIX", "elevenchars"),
        ("DEFAULT_PREFIX", ""),
        ("DATABASE_URL", "mysql://root:hunter2@db/x"),
        ("DATABASE_POOL_SIZE", "many"),
        ("DATABASE_POOL_SIZE", ""),
        ("GUILD_RETENTION_DAYS", "-3"),
        ("API_PORT", "65536"),
        ("HEALTH_PORT", "http"),
    ],
)
def test_a_malformed_setting_is_named_and_its_value_never_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"GUILDBASE_{name}", value)
    with pytest.raises(ConfigurationError) as refused:
        load_settings()
    assert f"GUILDBASE_{name}: " in refused.value.message
    assert ".env.example" in refused.value.hint
    # One digit may well be part of a limit that the message tells.
    if len(value) > 2:
        assert value not in refused.value.text
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_all_malformed_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDBASE_API_PORT", "x")
    monkeypatch.setenv("GUILDBASE_LOG_LEVEL", "x")
    with pytest.raises(ConfigurationError, match=r"(?s)LOG_LEVEL.*API_PORT|API_PORT.*LOG_LEVEL"):
        load_settings()


def test_regression_malformed_owner_ids_are_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDBASE_OWNER_IDS", "1128754567890123457,")
    with pytest.raises(ConfigurationError, match="GUILDBASE_OWNER_IDS: must be a JSON list"):
        load_settings()


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", frozenset()), ("[]", frozenset()), ("[5]", frozenset({5})), ('["6", 7]', frozenset({6, 7}))],
)
def test_owner_ids_are_a_json_list(monkeypatch: pytest.MonkeyPatch, given: str, expected: frozenset[int]) -> None:
    monkeypatch.setenv("GUILDBASE_OWNER_IDS", given)
    assert load_settings().owner_ids == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", []), ("[]", []), ('["postgresql://a/n", "postgres://b/n"]', ["postgresql://a/n", "postgres://b/n"])],
)
def test_replica_urls_are_a_json_list(monkeypatch: pytest.MonkeyPatch, given: str, expected: list[str]) -> None:
    monkeypatch.setenv("GUILDBASE_DATABASE_REPLICA_URLS", given)
    settings = load_settings()
    assert [url.get_secret_value() for url in settings.database_replica_urls] == expected
    assert "postgres" not in repr(settings.database_replica_urls)


@pytest.mark.parametrize("wrong", ["postgresql://kim:hunter2@h/n", '["sqlite:///hunter2.db"]', '{"hunter2": 1}'])
def test_wrong_replica_urls_are_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("GUILDBASE_DATABASE_REPLICA_URLS", wrong)
    with pytest.raises(ConfigurationError, match="GUILDBASE_DATABASE_REPLICA_URLS: must be a JSON list") as refused:
        load_settings()
    assert "hunter2" not in refused.value.text


def test_an_empty_optional_setting_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDBASE_SHARD_COUNT", "")
    monkeypatch.setenv("GUILDBASE_FEATURES_DIR", "")
    settings = load_settings()
    assert settings.shard_count is None
    assert settings.features_dir is None


@pytest.mark.parametrize("key", [None, "", "development-key"])
def test_production_refuses_a_default_secret(monkeypatch: pytest.MonkeyPatch, key: str | None) -> None:
    monkeypatch.setenv("GUILDBASE_ENVIRONMENT", "production")
    if key is not None:
        monkeypatch.setenv("GUILDBASE_API_KEY", key)
    with pytest.raises(ConfigurationError, match="GUILDBASE_API_KEY must be your own secret"):
        load_settings()


def test_production_starts_with_a_secret_of_its_own() -> None:
    settings = load_settings(environment="production", api_key="long-and-random")
    assert settings.api_key.get_secret_value() == "long-and-random"


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    settings = load_settings(discord_token="the-token", api_key="the-key")
    assert "the-token" not in repr(settings)
    assert "the-key" not in f"{settings} {settings.model_dump_json()}"


def test_the_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("GUILDBASE_DEFAULT_PREFIX=?\nGUILDBASE_API_PORT=9000\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("GUILDBASE_API_PORT", "9001")
    settings = load_settings()
    assert (settings.default_prefix, settings.api_port) == ("?", 9001)


def test_what_the_program_itself_says_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDBASE_API_PORT", "9001")
    assert load_settings(api_port=9002, owner_ids=[3]).api_port == 9002
