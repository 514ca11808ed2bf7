"""/interactions/{interaction.id}/{interaction.token}/callback: the first answer to an interaction."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json, invalid_form, unknown
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.message_forms import MessageForm, changes_of, draft_of
from guildbase.simulator.rest.modal_forms import ModalCallback
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import interactions, messages
from guildbase.simulator.world.entities import EPHEMERAL, CallbackType, Interaction, InteractionType, Message

routes = RouteTable()
_AT = ("data",)
_NEVER_SHOWN = (CallbackType.DEFERRED_MESSAGE, CallbackType.DEFERRED_UPDATE)


class _CallbackForm(Form):
    type: Literal[1, 4, 5, 6, 7, 8, 9, 10, 12]


class _MessageCallback(Form):
    data: MessageForm


class _UpdateCallback(Form):
    data: MessageForm | None = None


class _Deferral(Form):
    flags: int | None = None


class _DeferredCallback(Form):
    data: _Deferral | None = None


class _Choice(Form):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    name_localizations: dict[str, str] | None = None
    value: Annotated[str, Field(max_length=100)] | int | float


class _Choices(Form):
    choices: Annotated[list[_Choice], Field(max_length=25)]


class _AutocompleteCallback(Form):
    data: _Choices


@routes.route("POST", "/interactions/{interaction_id}/{token}/callback", open=True)
def answer_interaction(call: Call) -> Json | None:
    """Acknowledge an interaction; with `with_response` the result is told."""
    interaction = interactions.find(call.world, call.path["token"])
    if interaction is None or interaction.id != call.id("interaction_id"):
        raise unknown("interaction")
    callback = CallbackType(call.form(_CallbackForm).type)
    _check_fits(interaction, callback)
    message = _apply(call, interaction, callback)
    return _result(call, interaction, message) if call.flag("with_response") else None


def _check_fits(interaction: Interaction, callback: CallbackType) -> None:
    from_message = interaction.message_id is not None
    opens = interaction.type in (InteractionType.COMMAND, InteractionType.COMPONENT)
    fits = {
        CallbackType.PONG: interaction.type == InteractionType.PING,
        CallbackType.AUTOCOMPLETE: interaction.type == InteractionType.AUTOCOMPLETE,
        CallbackType.UPDATE_MESSAGE: from_message,
        CallbackType.DEFERRED_UPDATE: from_message,
        CallbackType.MODAL: opens,
        CallbackType.PREMIUM_REQUIRED: opens,
    }.get(callback, interaction.type not in (InteractionType.AUTOCOMPLETE, InteractionType.PING))
    if not fits:
        raise invalid_form(("type",), "INTERACTION_CALLBACK_TYPE_INVALID", "Not valid for this interaction.")


def _apply(call: Call, interaction: Interaction, callback: CallbackType) -> Message | None:
    """Check the body first, so that a refused form leaves the interaction unanswered as on Discord."""
    if callback == CallbackType.MESSAGE:
        call.world.channel(interaction.channel_id)
        form = call.form(_MessageCallback).data
        draft = draft_of(call, form, _AT)
        interactions.acknowledge(call.world, interaction, callback, {}, flags=draft.flags)
        return interactions.answer(call.world, interaction, draft)
    if callback == CallbackType.UPDATE_MESSAGE:
        return _update(call, interaction)
    data, flags = _data(call, callback)
    interactions.acknowledge(call.world, interaction, callback, data, flags=flags)
    if callback == CallbackType.LAUNCH_ACTIVITY:
        interactions.launch(call.world, interaction)
    return None


def _data(call: Call, callback: CallbackType) -> tuple[Json, int]:
    """Return what the person's client gets, checked, and the flags of the message that is announced."""
    if callback == CallbackType.MODAL:
        return call.form(ModalCallback).rendered(), 0
    if callback == CallbackType.AUTOCOMPLETE:
        return call.form(_AutocompleteCallback).data.model_dump(exclude_none=True), 0
    if callback in _NEVER_SHOWN:
        deferral = call.form(_DeferredCallback).data
        return {}, (0 if deferral is None else deferral.flags or 0) & EPHEMERAL
    return {}, 0


def _update(call: Call, interaction: Interaction) -> Message:
    message = call.world.message(interaction.channel_id, interaction.message_id or 0)
    form = call.form(_UpdateCallback).data
    changes = {} if form is None else changes_of(call, form, message, _AT)
    interactions.acknowledge(call.world, interaction, CallbackType.UPDATE_MESSAGE, {}, flags=0)
    if form is not None and form.model_fields_set:
        messages.edit(call.world, message, changes, allowed_mentions=form.mentions())
    return message


def _result(call: Call, interaction: Interaction, message: Message | None) -> Json:
    callback = interaction.callback
    told: Json = {
        "id": str(interaction.id),
        "type": interaction.type,
        "response_message_loading": callback == CallbackType.DEFERRED_MESSAGE,
        "response_message_ephemeral": interaction.ephemeral,
        "channel_id": str(interaction.channel_id),
    }
    if interaction.guild_id is not None:
        told["guild_id"] = str(interaction.guild_id)
    if message is not None:
        told["response_message_id"] = str(message.id)
        resource: Json = {"type": callback, "message": payloads.message(call.world, message)}
        return {"interaction": told, "resource": resource}
    if callback == CallbackType.LAUNCH_ACTIVITY:
        instance = interactions.instance_id(interaction)
        told["activity_instance_id"] = instance
        return {"interaction": told, "resource": {"type": callback, "activity_instance": {"id": instance}}}
    return {"interaction": told}
