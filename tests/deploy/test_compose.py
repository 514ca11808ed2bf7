"""compose.yaml and the image's recipe say what docs/guides/deploy.md promises. No container engine is needed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import guildbase
from guildbase.core.settings import ENV_PREFIX, Settings, load_settings

ROOT = Path(__file__).parents[2]
RECIPE = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
_VARIABLE = re.compile(r"\$\{(\w+)(:\?)?[^}]*\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def _on(compose: dict[str, Any], network: str) -> set[str]:
    return {name for name, service in compose["services"].items() if network in service["networks"]}


def test_the_file_keeps_to_the_schema_of_compose() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_database_and_redis_are_on_the_databases_network_alone(compose: dict[str, Any]) -> None:
    assert compose["services"].keys() == {"postgres", "redis", "migrate", "bot", "api"}
    assert _on(compose, "dbnet") == {"postgres", "redis", "migrate", "bot", "api"}
    assert _on(compose, "intranet") == _on(compose, "internet") == {"bot", "api"}
    assert {name: bool((network or {}).get("internal")) for name, network in compose["networks"].items()} == {
        "internet": False,
        "intranet": True,
        "dbnet": True,
    }


def test_nothing_but_the_api_is_published_and_that_to_this_machine(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert published == {"api": ["127.0.0.1:8000:8000"]}


def test_every_container_is_confined(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["user"] not in ("root", "0"), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert not service.get("privileged"), name
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped"), name
        assert "healthcheck" in service or name == "migrate", name


def test_secrets_come_from_outside_and_have_no_default(compose: dict[str, Any]) -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    used = {name for name, _ in _VARIABLE.findall(text)}
    assert used == {
        "POSTGRES_PASSWORD",
        "REDIS_PASSWORD",
        "GUILDBASE_API_KEY",
        "GUILDBASE_ENCRYPTION_KEYS",
        "GUILDBASE_DISCORD_TOKEN",
        "GUILDBASE_PUBLIC_URL",
        "GUILDBASE_OAUTH_CLIENT_ID",
        "GUILDBASE_OAUTH_CLIENT_SECRET",
    }
    assert all(is_required for _, is_required in _VARIABLE.findall(text))
    secrets = {"PASSWORD", "KEY", "KEYS", "TOKEN", "SECRET", "AUTH", "URL"}
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if variable.rpartition("_")[2] in secrets:
                assert _VARIABLE.search(value), f"{name}: {variable}"


def test_the_guide_names_every_variable_that_env_must_have(compose: dict[str, Any]) -> None:
    guide = (ROOT / "docs/guides/deploy.md").read_text(encoding="utf-8")
    for name, _ in _VARIABLE.findall((ROOT / "compose.yaml").read_text(encoding="utf-8")):
        assert f"{name}=" in guide
    assert "not been started" in guide


@pytest.mark.parametrize("name", ["migrate", "bot", "api"])
def test_every_variable_is_a_setting_and_the_settings_are_valid(
    compose: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = dict(compose["services"][name]["environment"])
    values = {
        "POSTGRES_PASSWORD": "one",
        "REDIS_PASSWORD": "two",
        "GUILDBASE_API_KEY": "three",
        "GUILDBASE_DISCORD_TOKEN": "four",
        "GUILDBASE_ENCRYPTION_KEYS": "",
        "GUILDBASE_PUBLIC_URL": "https://bot.example.com",
        "GUILDBASE_OAUTH_CLIENT_ID": "1573944712912437919",
        "GUILDBASE_OAUTH_CLIENT_SECRET": "six",
    }
    for variable, value in given.items():
        assert variable.removeprefix(ENV_PREFIX).lower() in Settings.model_fields, variable
        monkeypatch.setenv(variable, _VARIABLE.sub(lambda found: values[found[1]], value))
    settings = load_settings()
    assert settings.database_url == "postgresql://guildbase:one@postgres:5432/guildbase"
    assert settings.redis_url.get_secret_value() == "redis://:two@redis:6379/0"
    assert "/var/lib/guildbase" in str(settings.erasure_list_file)


def test_redis_keeps_nothing_and_drops_what_is_used_least(compose: dict[str, Any]) -> None:
    command = compose["services"]["redis"]["command"]
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert (options["--save"], options["--appendonly"]) == ("", "no")
    assert options["--maxmemory-policy"] == "allkeys-lru"
    assert options["--maxmemory"] == "256mb"


def test_health_is_asked_where_it_is_told(compose: dict[str, Any]) -> None:
    bot, api = compose["services"]["bot"], compose["services"]["api"]
    assert f":{bot['environment']['GUILDBASE_HEALTH_PORT']}/readyz" in bot["healthcheck"]["test"][-1]
    assert f":{api['environment']['GUILDBASE_API_PORT']}/api/v1/health" in api["healthcheck"]["test"][-1]


def test_the_bot_starts_when_the_migrations_are_done(compose: dict[str, Any]) -> None:
    for name in ("bot", "api"):
        wanted = compose["services"][name]["depends_on"]["migrate"]["condition"]
        assert wanted == "service_completed_successfully"


def test_images_are_pinned_to_a_major_version(compose: dict[str, Any]) -> None:
    images = {service["image"] for service in compose["services"].values()} - {"guildbase:local"}
    named = [*images, *re.findall(r"^FROM (\S+)", RECIPE, re.MULTILINE), *re.findall(r"--from=(\S+/\S+)", RECIPE)]
    assert len(named) == 5
    for image in named:
        assert re.search(r":\d+(\.\d+)?(-|$)", image), image


def test_the_builder_sees_what_the_recipe_copies_and_nothing_else() -> None:
    seen = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {word for line in re.findall(r"^COPY (?!--)(.+) \S+$", RECIPE, re.MULTILINE) for word in line.split()}
    assert seen == copied
    assert all((ROOT / name).exists() for name in copied)


def _uv() -> str:
    found = shutil.which("uv") or str(ROOT / ".venv-uv/bin/uv")
    if not Path(found).exists():
        if os.environ.get("CI") == "true":
            pytest.fail("The recipe must be followed in CI, which has uv.", pytrace=False)
        pytest.skip("no uv")
    return found


def _free_of_tests(environment: Path) -> bool:
    return not list(environment.glob("lib/python*/site-packages/pytest*"))


def _copy(source: Path, target: Path) -> None:
    """Give the build what a builder would see."""
    if source.is_dir():
        lines = (ROOT / ".dockerignore").read_text().splitlines()
        unseen = [line.removeprefix("**/") for line in lines if line.startswith("**/")]
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*unseen))
    else:
        shutil.copyfile(source, target)


def test_the_recipes_steps_make_an_environment_in_which_guildbase_runs(tmp_path: Path) -> None:
    uv, build, environment = _uv(), tmp_path / "build", tmp_path / "opt"
    build.mkdir()
    for line in re.findall(r"^COPY (?!--)(.+) \S+$", RECIPE, re.MULTILINE):
        for name in line.split():
            _copy(ROOT / name, build / name)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GUILDBASE_", "VIRTUAL_ENV"))}
    variables = kept | {"UV_PROJECT_ENVIRONMENT": str(environment), "UV_PYTHON": sys.executable}
    steps = re.findall(r"^RUN uv (.+)$", RECIPE, re.MULTILINE)
    assert len(steps) == 2
    for step in steps:
        done = subprocess.run(
            [uv, *step.split()], cwd=build, env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert _free_of_tests(environment)
    # The image's API serves the dashboard.
    assert list(environment.glob("lib/python*/site-packages/guildbase/web/static/index.html"))
    shutil.rmtree(build)
    program = environment / "bin/guildbase"
    version = subprocess.run([program, "--version"], cwd=tmp_path, env=kept, capture_output=True, text=True, check=True)
    assert version.stdout.strip() == guildbase.__version__
    doctor = subprocess.run([program, "doctor"], cwd=tmp_path, env=kept, capture_output=True, text=True, check=False)
    assert "Guildbase doctor" in doctor.stdout
    assert doctor.stderr == ""
