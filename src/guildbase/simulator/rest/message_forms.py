"""Messages as bots send them: the limits of content and embeds, and the way from a form to a draft."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form, text
from guildbase.simulator.world.entities import Attachment, Message
from guildbase.simulator.world.messages import Draft

_EMBEDS_TOTAL = 6000


class _EmbedField(Form):
    name: Annotated[str, text(1, 256)]
    value: Annotated[str, text(1, 1024)]
    inline: bool = False


class _EmbedFooter(Form):
    text: Annotated[str, Field(max_length=2048)]
    icon_url: str | None = None


class _EmbedAuthor(Form):
    name: Annotated[str, text(1, 256)]
    url: str | None = None
    icon_url: str | None = None


class _EmbedMedia(Form):
    url: str


class _Embed(Form):
    title: Annotated[str, Field(max_length=256)] | None = None
    description: Annotated[str, Field(max_length=4096)] | None = None
    url: str | None = None
    timestamp: str | None = None
    color: Annotated[int, Field(ge=0, le=0xFFFFFF)] | None = None
    footer: _EmbedFooter | None = None
    image: _EmbedMedia | None = None
    thumbnail: _EmbedMedia | None = None
    author: _EmbedAuthor | None = None
    fields: Annotated[list[_EmbedField], Field(max_length=25)] = Field(default_factory=list)

    def size(self) -> int:
        """Return how many characters count towards the limit of a message."""
        shown = [self.title, self.description]
        shown += [self.footer.text if self.footer else None, self.author.name if self.author else None]
        shown += [part for field in self.fields for part in (field.name, field.value)]
        return sum(len(it) for it in shown if it)


def _within_total(embeds: list[_Embed]) -> list[_Embed]:
    if sum(it.size() for it in embeds) > _EMBEDS_TOTAL:
        raise PydanticCustomError("MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
    return embeds


class _Reference(Form):
    message_id: int
    fail_if_not_exists: bool = True


class _AttachmentNote(Form):
    id: int | str
    filename: str | None = None
    description: Annotated[str, Field(max_length=1024)] | None = None


class MessageForm(Form):
    """A message to send, or the changes of an edit (only the fields given count)."""

    content: Annotated[str, Field(max_length=2000)] | None = None
    embeds: Annotated[list[_Embed], Field(max_length=10), AfterValidator(_within_total)] | None = None
    components: Annotated[list[dict[str, Any]], Field(max_length=40)] | None = None
    attachments: Annotated[list[_AttachmentNote], Field(max_length=10)] | None = None
    sticker_ids: list[int] | None = None
    allowed_mentions: dict[str, Any] | None = None
    message_reference: _Reference | None = None
    nonce: Annotated[str, Field(max_length=25)] | int | None = None
    enforce_nonce: bool = False
    flags: int | None = None
    tts: bool = False

    def rendered_embeds(self) -> list[Json]:
        """Return the embeds as they appear on the message."""
        return [{"type": "rich"} | it.model_dump(exclude_none=True) for it in self.embeds or []]


def draft_of(call: Call, form: MessageForm) -> Draft:
    """Return what is to be sent; refuse a message with nothing in it."""
    attachments = _uploads(call, form)
    if not ((form.content or "").strip() or form.embeds or attachments or form.components):
        raise DiscordError(400, 50006, "Cannot send an empty message")
    return Draft(
        content=form.content or "",
        embeds=form.rendered_embeds(),
        components=numbered(form.components or []),
        attachments=attachments,
        flags=form.flags or 0,
        tts=form.tts,
        nonce=form.nonce,
        allowed_mentions=form.allowed_mentions,
    )


def reply_target(call: Call, form: MessageForm, channel_id: int) -> int | None:
    """Return the message replied to; a vanished one is an error unless the bot said it does not mind."""
    if form.message_reference is None:
        return None
    message_id = form.message_reference.message_id
    target = call.world.messages[channel_id].get(message_id)
    if target is not None and target.visible_to is None:
        return message_id
    if form.message_reference.fail_if_not_exists:
        raise invalid_form(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return None


def changes_of(call: Call, form: MessageForm, message: Message) -> dict[str, Any]:
    """Return what an edit changes, by the names of the message's fields."""
    changes: dict[str, Any] = {}
    given = form.model_fields_set
    if "content" in given:
        changes["content"] = form.content or ""
    if "embeds" in given:
        changes["embeds"] = form.rendered_embeds()
    if "components" in given:
        changes["components"] = numbered(form.components or [])
    if form.flags is not None:
        changes["flags"] = form.flags
    if call.files or "attachments" in given:
        named = {int(it.id) for it in form.attachments or []}
        kept = [it for it in message.attachments if "attachments" not in given or it.id in named]
        changes["attachments"] = kept + _uploads(call, form)
    return changes


def numbered(components: list[Json]) -> list[Json]:
    """Return the components, each with a numeric id of its own, as Discord hands them back."""
    count = 0

    def number(parts: list[Json]) -> list[Json]:
        nonlocal count
        done: list[Json] = []
        for part in parts:
            count += 1
            one: Json = {"id": count} | part
            if "components" in one:
                one["components"] = number(one["components"])
            done.append(one)
        return done

    return number(components)


def _uploads(call: Call, form: MessageForm) -> list[Attachment]:
    if any(len(it.data) > payloads.ATTACHMENT_SIZE_LIMIT for it in call.files.values()):
        raise DiscordError(413, 40005, "Request entity too large")
    notes = {str(it.id): it for it in form.attachments or []}
    for index, upload in call.files.items():
        note = notes.get(str(index))
        if note is not None:
            upload.filename = note.filename or upload.filename
            upload.description = note.description
    return list(call.files.values())
