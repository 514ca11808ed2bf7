"""/interactions/{interaction.id}/{interaction.token}/callback: the first answer to an interaction."""

from __future__ import annotations

from typing import Any, Literal

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form, unknown
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.message_forms import MessageForm, changes_of, draft_of
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import interactions, messages
from guildbase.simulator.world.entities import CallbackType, Interaction, InteractionType, Message

routes = RouteTable()


class _CallbackForm(Form):
    type: Literal[4, 5, 6, 7, 8, 9]
    data: dict[str, Any] | None = None


class _CallbackMessage(Form):
    data: MessageForm


@routes.route("POST", "/interactions/{interaction_id}/{token}/callback", open=True)
def answer_interaction(call: Call) -> Json | None:
    """Acknowledge an interaction; with `with_response` the result is told."""
    interaction = interactions.find(call.world, call.path["token"])
    if interaction is None or interaction.id != call.id("interaction_id"):
        raise unknown("interaction")
    form = call.form(_CallbackForm)
    callback = CallbackType(form.type)
    data = form.data or {}
    _check_fits(interaction, callback, data)
    message = _apply(call, interaction, callback, data)
    return _result(call, interaction, message) if call.flag("with_response") else None


def _check_fits(interaction: Interaction, callback: CallbackType, data: Json) -> None:
    from_message = interaction.message_id is not None
    fits = {
        CallbackType.AUTOCOMPLETE: interaction.type == InteractionType.AUTOCOMPLETE,
        CallbackType.UPDATE_MESSAGE: from_message,
        CallbackType.DEFERRED_UPDATE: from_message,
        CallbackType.MODAL: interaction.type in (InteractionType.COMMAND, InteractionType.COMPONENT),
    }.get(callback, interaction.type != InteractionType.AUTOCOMPLETE)
    if not fits:
        raise invalid_form(("type",), "INTERACTION_CALLBACK_TYPE_INVALID", "Not valid for this interaction.")
    if callback == CallbackType.AUTOCOMPLETE and len(data.get("choices") or []) > 25:
        raise invalid_form(("data", "choices"), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    if callback == CallbackType.MODAL and not (data.get("custom_id") and data.get("title")):
        raise invalid_form(("data", "custom_id"), "BASE_TYPE_REQUIRED", "This field is required")


def _apply(call: Call, interaction: Interaction, callback: CallbackType, data: Json) -> Message | None:
    """Check the message first, so that a refused form leaves the interaction unanswered as on Discord."""
    flags = int(data.get("flags") or 0)
    if callback == CallbackType.MESSAGE:
        draft = draft_of(call, call.form(_CallbackMessage).data)
        interactions.acknowledge(call.world, interaction, callback, data, flags=flags)
        return interactions.answer(call.world, interaction, draft)
    if callback == CallbackType.UPDATE_MESSAGE:
        message = _source(call, interaction)
        form = call.form(_CallbackMessage).data if data else MessageForm()
        changes = changes_of(call, form, message)
        interactions.acknowledge(call.world, interaction, callback, data, flags=flags)
        messages.edit(call.world, message, changes)
        return message
    interactions.acknowledge(call.world, interaction, callback, data, flags=flags)
    return None


def _source(call: Call, interaction: Interaction) -> Message:
    if interaction.message_id is None:
        raise DiscordError(404, 10008, "Unknown Message")
    return call.world.message(interaction.channel_id, interaction.message_id)


def _result(call: Call, interaction: Interaction, message: Message | None) -> Json:
    callback = interaction.callback or 0
    told: Json = {
        "id": str(interaction.id),
        "type": interaction.type,
        "response_message_loading": callback == CallbackType.DEFERRED_MESSAGE,
        "response_message_ephemeral": interaction.ephemeral,
        "channel_id": str(interaction.channel_id),
    }
    if interaction.guild_id is not None:
        told["guild_id"] = str(interaction.guild_id)
    resource: Json = {"type": callback}
    if message is not None:
        told["response_message_id"] = str(message.id)
        resource["message"] = payloads.message(call.world, message)
    return {"interaction": told, "resource": resource}
