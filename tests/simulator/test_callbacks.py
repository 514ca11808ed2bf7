from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.simulator.payloads.resolved import Resolved
from guildbase.simulator.world import commands, uses
from guildbase.simulator.world.entities import ApplicationCommand, Interaction, User

_BUTTON = {"type": 2, "style": 1, "label": "Press", "custom_id": "press"}
_ROW = {"type": 1, "components": [_BUTTON]}
_FORM = {
    "custom_id": "form",
    "title": "Form",
    "components": [{"type": 18, "label": "Why", "component": {"type": 4, "custom_id": "why", "style": 1}}],
}
Use = Callable[..., Interaction]


@pytest.fixture
def use(sim: Simulator, guild: ScriptedGuild) -> Use:
    """Let ada use a command of the kind, on a target if it is from a context menu."""
    ada = guild.member("ada_uses").user

    def using(kind: int = 1, target: Any = None) -> Interaction:
        world, channel = sim.world, guild.channel("general")
        command = ApplicationCommand(world.new_id(), f"c{kind}", kind, "", [], world.new_id(), guild.id)
        commands.put(world, command)
        if target is not None:
            return uses.use_on(world, ada, channel, command, target)
        return uses.use(world, ada, channel, command, [], Resolved(world, guild.guild, ada.id))

    return using


async def answer(api: Any, to: Interaction, kind: int, data: Any = None) -> Any:
    path = f"/interactions/{to.id}/{to.token}/callback?with_response=true"
    body = {"type": kind} | ({} if data is None else {"data": data})
    return (await api("POST", path, body))[1]


async def test_what_each_answer_gives_back(sim: Simulator, use: Use, api: Any) -> None:
    told = await answer(api, use(), 4, {"content": "x", "flags": 64})
    assert told["resource"]["message"]["flags"] & 64
    assert told["interaction"]["response_message_id"] == told["resource"]["message"]["id"]
    assert told["interaction"]["response_message_ephemeral"] is True
    told = await answer(api, use(), 5)
    assert told["interaction"]["response_message_loading"] is True
    assert "resource" not in told
    assert "resource" not in await answer(api, use(), 9, _FORM)
    assert "resource" not in await answer(api, use(), 10)
    told = await answer(api, use(), 12)
    assert told["resource"]["activity_instance"]["id"] == told["interaction"]["activity_instance_id"]


async def test_answers_that_do_not_fit(use: Use, api: Any) -> None:
    one = use()
    for kind in (1, 6, 7, 8):
        body = await answer(api, one, kind, {"choices": []})
        assert body["errors"]["type"]["_errors"][0]["code"] == "INTERACTION_CALLBACK_TYPE_INVALID"
    assert (await answer(api, one, 2))["errors"]["type"]["_errors"][0]["code"] == "BASE_TYPE_CHOICES"
    assert (await answer(api, one, 4))["errors"]["data"]["_errors"][0]["code"] == "BASE_TYPE_REQUIRED"
    assert (await answer(api, one, 4, {"content": ""}))["code"] == 50006
    long = await answer(api, one, 4, {"content": "x" * 2001})
    assert long["errors"]["data"]["content"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"
    await answer(api, one, 4, {"content": "x"})
    assert (await answer(api, one, 4, {"content": "x"}))["code"] == 40060


async def test_what_a_message_tells_of_its_cause(sim: Simulator, guild: ScriptedGuild, use: Use, api: Any) -> None:
    hook = f"/webhooks/{sim.application_id}"
    first = use()
    sent = (await answer(api, first, 4, {"content": "x", "components": [_ROW]}))["resource"]["message"]
    assert (sent["type"], sent["interaction_metadata"]["type"]) == (20, 2)
    more = (await api("POST", f"{hook}/{first.token}", {"content": "more"}))[1]
    assert more["interaction_metadata"]["original_response_message_id"] == sent["id"]
    target: User = guild.member("bob_used").user
    on_user = (await answer(api, use(2, target), 4, {"content": "x"}))["resource"]["message"]
    assert on_user["type"] == 23
    assert on_user["interaction_metadata"]["target_user"]["id"] == str(target.id)
    message = sim.world.message(guild.channel("general").id, int(sent["id"]))
    on_message = (await answer(api, use(3, message), 4, {"content": "x"}))["resource"]["message"]
    assert on_message["interaction_metadata"]["target_message_id"] == sent["id"]


async def test_from_a_button_to_a_form_to_its_message(
    sim: Simulator, bot: Any, guild: ScriptedGuild, use: Use, api: Any
) -> None:
    sent = (await answer(api, use(), 4, {"content": "x", "components": [_ROW]}))["resource"]["message"]
    ada, message = guild.member("ada_uses").user, sim.world.message(guild.channel("general").id, int(sent["id"]))
    pressed = uses.press(sim.world, ada, message, _BUTTON)
    await answer(api, pressed, 9, _FORM)
    filled = [{"type": 18, "id": 1, "component": {"type": 4, "id": 2, "custom_id": "why", "value": "so"}}]
    submitted = uses.submit(sim.world, ada, pressed, filled)
    told = await bot.until(lambda: bot.last("INTERACTION_CREATE")["type"] == 5 and bot.last("INTERACTION_CREATE"))
    assert (told["message"]["id"], told["data"]["components"]) == (sent["id"], filled)
    assert (told["context"], told["guild"]["id"]) == (0, str(guild.id))
    updated = await answer(api, submitted, 7, {"content": "changed", "components": []})
    assert (updated["resource"]["type"], updated["resource"]["message"]["content"]) == (7, "changed")
    again = uses.press(sim.world, ada, message, _BUTTON)
    reply = (await answer(api, again, 4, {"content": "pressed"}))["resource"]["message"]
    assert (reply["type"], reply["message_reference"]["message_id"]) == (19, sent["id"])
    assert reply["interaction_metadata"]["interacted_message_id"] == sent["id"]
    untouched = await answer(api, uses.press(sim.world, ada, message, _BUTTON), 7)
    assert untouched["resource"]["message"]["content"] == "changed"
    opened = uses.press(sim.world, ada, message, _BUTTON)
    await answer(api, opened, 9, _FORM)
    last = (await answer(api, uses.submit(sim.world, ada, opened, filled), 4, {"content": "x"}))["resource"]["message"]
    cause = last["interaction_metadata"]
    assert (cause["type"], cause["triggering_interaction_metadata"]["type"]) == (5, 3)


async def test_menus_tell_whom_they_mean(sim: Simulator, bot: Any, guild: ScriptedGuild, use: Use, api: Any) -> None:
    menu = {"type": 7, "custom_id": "who", "max_values": 3}
    body = {"content": "x", "components": [{"type": 1, "components": [menu]}]}
    sent = (await answer(api, use(), 4, body))["resource"]["message"]
    message = sim.world.message(guild.channel("general").id, int(sent["id"]))
    ada, bob, role = guild.member("ada_uses"), guild.member("bob_chosen"), guild.role("VIP")
    component = message.components[0]["components"][0]
    uses.press(sim.world, ada.user, message, component, [str(bob.id), str(role.id), "5"])
    told = await bot.until(lambda: bot.last("INTERACTION_CREATE")["type"] == 3 and bot.last("INTERACTION_CREATE"))
    resolved = told["data"]["resolved"]
    assert set(resolved["users"]) == set(resolved["members"]) == {str(bob.id)}
    assert set(resolved["roles"]) == {str(role.id)}


async def test_regression_an_answer_without_a_place_leaves_the_interaction_open(
    sim: Simulator, guild: ScriptedGuild, use: Use, api: Any
) -> None:
    one = use()
    await guild.owner.deletes_channel("general")
    assert (await answer(api, one, 4, {"content": "x"}))["code"] == 10003
    assert one.callback is None
