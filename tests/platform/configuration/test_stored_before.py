"""Documents that another version of a feature stored: older ones are read, newer ones are not written over."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from guildbase.core.errors import InvalidInput
from guildbase.core.ports import SYSTEM
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.configuration.controller import ConfigurationController, NewVersion, Note, Stored
from guildbase.platform.configuration.controller.errors import Unreadable
from guildbase.platform.configuration.models import ChangeKind, GuildSettings
from guildbase.platform.configuration.rules import diff
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices


async def store(services: BotServices, guild_id: int, feature: str, document: dict[str, Any], *, shape: int) -> None:
    """Store the document as a process with other features would have done."""
    controller = services.get(ConfigurationController)

    async def write(work: UnitOfWork) -> None:
        after = Stored(shape=shape, document=document)
        version = (await controller.store.seen(work.session, guild_id, feature)).last + 1
        new = NewVersion(guild_id, feature, version, after, diff({}, document), Note(ChangeKind.SET))
        await controller.store.write(work, new)

    await services.get(GuildController).change(SYSTEM, guild_id, write)


async def stored(controller: ConfigurationController, guild_id: int, feature: str) -> Stored:
    async with controller.reading() as session:
        return await controller.store.one(session, guild_id, feature)


async def hot(services: BotServices, guild_id: int) -> Any:
    model = services.get(ConfigurationController).model_of("greeter")
    return (await services.get(GuildController).load(guild_id)).get(model)


async def test_an_older_document_is_read_and_the_next_change_writes_it_in_todays_shape(
    services: BotServices, controller: ConfigurationController, guild_id: int
) -> None:
    await store(services, guild_id, "greeter", {"greeting": "Hi"}, shape=1)
    assert (await hot(services, guild_id)).text == "Hi"
    assert (await controller.current(guild_id, "greeter")).document == {"text": "Hi"}
    assert not (await controller.change(SYSTEM, guild_id, "greeter", {"text": "Hi"})).is_changed
    assert await stored(controller, guild_id, "greeter") == Stored(1, 1, {"greeting": "Hi"})
    changed = await controller.change(SYSTEM, guild_id, "greeter", {"low": 2})
    assert [it.key for it in changed.differences] == ["low"]
    assert await stored(controller, guild_id, "greeter") == Stored(2, 2, {"text": "Hi", "low": 2})
    assert await controller.difference(SYSTEM, guild_id, "greeter", 1, 2) == changed.differences
    await controller.rollback(SYSTEM, guild_id, "greeter", 1)
    assert await stored(controller, guild_id, "greeter") == Stored(3, 2, {"text": "Hi"})


@pytest.mark.parametrize(
    ("document", "shape"), [({"low": 2, "tone": "warm"}, 3), ({"broken": 1}, 1)], ids=["newer", "cannot be upgraded"]
)
async def test_what_cannot_be_added_to_is_kept_until_it_is_reset(
    services: BotServices, controller: ConfigurationController, guild_id: int, document: dict[str, Any], shape: int
) -> None:
    await store(services, guild_id, "greeter", document, shape=shape)
    current = await controller.current(guild_id, "greeter")
    assert current.obstacle
    assert set(current.ignored) == set(document) - {"low"}
    assert (await hot(services, guild_id)).low == document.get("low", 1)
    for attempt in (
        controller.change(SYSTEM, guild_id, "greeter", {"text": "Hi"}),
        controller.reset(SYSTEM, guild_id, "greeter", ["low"]),
        controller.rollback(SYSTEM, guild_id, "greeter", 1),
    ):
        with pytest.raises(Unreadable) as refused:
            await attempt
        assert (refused.value.status, refused.value.message) == (409, current.obstacle)
    assert await stored(controller, guild_id, "greeter") == Stored(1, shape, document)
    await controller.reset(SYSTEM, guild_id, "greeter")
    assert await stored(controller, guild_id, "greeter") == Stored(2, 2, {})


async def test_what_does_not_fit_any_more_is_told_and_kept_until_it_is_set_again(
    services: BotServices, controller: ConfigurationController, guild_id: int
) -> None:
    await store(services, guild_id, "greeter", {"low": 5000, "text": "Hi", "gone": 1}, shape=2)
    with structlog.testing.capture_logs() as logs:
        snapshot = await services.get(GuildController).load(guild_id)
        model: type[Any] = controller.model_of("greeter")
        settings = snapshot.get(model)
        assert snapshot.get(model) is settings
    [warning] = [entry for entry in logs if entry["event"] == "settings_ignored"]
    assert (warning["guild_id"], warning["feature"], warning["keys"]) == (guild_id, "greeter", ["gone", "low"])
    assert (settings.text, settings.low) == ("Hi", 1)
    current = await controller.current(guild_id, "greeter")
    assert current.is_set == {"text"}
    assert set(current.ignored) == {"low", "gone"}

    await controller.change(SYSTEM, guild_id, "greeter", {"text": "Hello"})
    kept = {"low": 5000, "text": "Hello", "gone": 1}
    assert (await stored(controller, guild_id, "greeter")).document == kept
    await controller.change(SYSTEM, guild_id, "greeter", {"low": 5})
    await controller.reset(SYSTEM, guild_id, "greeter", ["gone"])
    assert (await stored(controller, guild_id, "greeter")).document == {"low": 5, "text": "Hello"}
    assert not (await controller.current(guild_id, "greeter")).ignored


async def test_a_rollback_to_what_does_not_fit_any_more_is_refused_with_a_list(
    services: BotServices, controller: ConfigurationController, guild_id: int
) -> None:
    await store(services, guild_id, "greeter", {"low": 5000, "style": "odd", "text": "Hi"}, shape=2)
    await controller.reset(SYSTEM, guild_id, "greeter")
    for attempt in (controller.rollback, controller.preview_rollback):
        with pytest.raises(InvalidInput) as refused:
            await attempt(SYSTEM, guild_id, "greeter", 1)
        assert set(refused.value.problems) == {"low", "style"}
    assert (await controller.current(guild_id, "greeter")).document == {}


async def test_settings_of_a_feature_that_is_not_loaded_stay_as_they_are(
    services: BotServices, controller: ConfigurationController, guild_id: int
) -> None:
    await store(services, guild_id, "absent", {"a": 1}, shape=4)
    await controller.change(SYSTEM, guild_id, "greeter", {"low": 2})
    assert "absent" not in {it.feature for it in await controller.overview(guild_id)}
    async with controller.reading() as session:
        assert await controller.stored(session, guild_id) == {"absent": (4, {"a": 1}), "greeter": (2, {"low": 2})}
        assert await GuildSettings.count(session, guild_id=guild_id) == 2
