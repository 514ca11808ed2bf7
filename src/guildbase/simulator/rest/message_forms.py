"""Messages as bots send them: what a form may hold, and the way from a form to a draft or to changes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form, missing_permissions, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.components import Path, Snowflake, numbered
from guildbase.simulator.rest.embed_forms import Embeds
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.media import Media
from guildbase.simulator.rest.message_components import MessageComponent, check_layout
from guildbase.simulator.rest.poll_forms import PollForm
from guildbase.simulator.world import expressions
from guildbase.simulator.world.entities import Attachment, Channel, Message, MessageFlag, Sticker
from guildbase.simulator.world.messages import Draft

_F = MessageFlag
_SETTABLE = int(
    _F.SUPPRESS_EMBEDS | _F.EPHEMERAL | _F.SUPPRESS_NOTIFICATIONS | _F.IS_VOICE_MESSAGE | _F.IS_COMPONENTS_V2
)
_CHANGEABLE = int(_F.SUPPRESS_EMBEDS | _F.IS_COMPONENTS_V2)
_LEGACY = ("content", "embeds", "sticker_ids", "poll")
CONTENTS = frozenset(("content", "embeds", "components", "attachments"))
_MOST_FILES = 10
_FORWARD = 1
_PLAIN_TYPES = (0, 19, 20, 23)


class _Reference(Form):
    message_id: Snowflake
    channel_id: Snowflake | None = None
    fail_if_not_exists: bool | None = True
    type: Literal[0, 1] | None = 0


class _AttachmentNote(Form):
    id: Snowflake
    filename: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    description: Annotated[str, Field(max_length=1024)] | None = None
    title: Annotated[str, Field(max_length=1024)] | None = None
    duration_secs: Annotated[float, Field(ge=0)] | None = None
    waveform: Annotated[str, Field(max_length=400)] | None = None
    is_spoiler: bool | None = None


class _AllowedMentions(Form):
    parse: list[Literal["users", "roles", "everyone"]] | None = None
    users: Annotated[list[Snowflake], Field(max_length=100)] | None = None
    roles: Annotated[list[Snowflake], Field(max_length=100)] | None = None
    replied_user: bool | None = None

    @field_validator("parse")
    @classmethod
    def _is_each_once(cls, kinds: list[str] | None) -> list[str] | None:
        return None if kinds is None else list(dict.fromkeys(kinds))

    def problem(self) -> str | None:
        """Return the kind that is both allowed altogether and listed one by one."""
        return next((it for it in ("users", "roles") if it in (self.parse or []) and getattr(self, it)), None)


def _exclusive(allowed: _AllowedMentions | None) -> _AllowedMentions | None:
    kind = None if allowed is None else allowed.problem()
    if kind is not None:
        raise PydanticCustomError(
            "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
            'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
            {"kind": kind},
        )
    return allowed


class MessageForm(Form):
    """A message to send, or the changes of an edit (only the fields given count)."""

    content: Annotated[str, Field(max_length=2000)] | None = None
    embeds: Embeds | None = None
    components: Annotated[list[MessageComponent], Field(max_length=40)] | None = None
    attachments: Annotated[list[_AttachmentNote], Field(max_length=_MOST_FILES)] | None = None
    sticker_ids: Annotated[list[Snowflake], Field(max_length=3)] | None = None
    poll: PollForm | None = None
    allowed_mentions: _AllowedMentions | None = None
    message_reference: _Reference | None = None
    nonce: Annotated[str, Field(max_length=25)] | int | None = None
    enforce_nonce: bool | None = False
    flags: Annotated[int, Field(ge=0, lt=1 << 31)] | None = None
    tts: bool | None = False

    _mentions = field_validator("allowed_mentions")(_exclusive)

    def mentions(self) -> Json | None:
        """Return what may be mentioned, as it was sent."""
        return None if self.allowed_mentions is None else self.allowed_mentions.model_dump(exclude_none=True)


def draft_of(call: Call, form: MessageForm, at: Path = ()) -> Draft:
    """Return what is to be sent; refuse a message with nothing in it. `at` is where the form is in the body."""
    flags = (form.flags or 0) & _SETTABLE
    _check_layout(form, at, flags)
    uploads = _uploads(call, form)
    draft = Draft(
        content=form.content or "",
        embeds=[it.rendered() for it in form.embeds or []],
        components=numbered(form.components or []),
        flags=flags,
        tts=bool(form.tts),
        nonce=form.nonce,
        allowed_mentions=form.mentions(),
        sticker_ids=[_sticker(call, it).id for it in dict.fromkeys(form.sticker_ids or [])],
        poll=None if form.poll is None else form.poll.made(call.world),
    )
    draft.attachments = _shown(call, uploads, draft.embeds, draft.components, at)
    forwards = form.message_reference is not None and form.message_reference.type == _FORWARD
    filled = draft.content.strip(), draft.embeds, uploads, draft.components, draft.sticker_ids, draft.poll, forwards
    if not any(filled):
        raise DiscordError(400, 50006, "Cannot send an empty message")
    return draft


def changes_of(call: Call, form: MessageForm, message: Message, at: Path = ()) -> dict[str, Any]:
    """Return what an edit changes, by the names of the message's fields; refuse to leave nothing in it."""
    given = form.model_fields_set
    if message.poll is not None and not given.isdisjoint(CONTENTS):
        raise DiscordError(400, 520003, "Cannot edit a poll message")
    changes: dict[str, Any] = {}
    flags = message.flags
    if form.flags is not None:
        sticky = flags & MessageFlag.IS_COMPONENTS_V2
        flags = changes["flags"] = flags & ~_CHANGEABLE | form.flags & _CHANGEABLE | sticky
    _check_layout(form, at, flags)
    if "content" in given:
        changes["content"] = form.content or ""
    if "embeds" in given:
        changes["embeds"] = [it.rendered() for it in form.embeds or []]
    if "components" in given:
        changes["components"] = numbered(form.components or [])
    kept = message.attachments
    if "attachments" in given:
        named = {it.id for it in form.attachments or []}
        kept = [it for it in kept if it.id in named]
    uploads = kept + _uploads(call, form)
    shown = _shown(call, uploads, changes.get("embeds", []), changes.get("components", []), at)
    if call.files or "attachments" in given:
        changes["attachments"] = shown
    if given and _leaves_nothing(message, changes):
        raise DiscordError(400, 50006, "Cannot send an empty message")
    return changes


def refer(call: Call, form: MessageForm, channel: Channel, draft: Draft) -> None:
    """Make the draft a reply or a forward if the form refers to a message.

    A vanished message cannot be replied to, unless the bot said that it does not mind.
    """
    reference = form.message_reference
    if reference is None:
        return
    if reference.type == _FORWARD:
        draft.forward_of = _readable(call, reference.channel_id or channel.id, reference.message_id)
        return
    guild = call.world.guild_of(channel)
    if guild is not None:
        held = call.world.permissions_of(guild, call.bot.id, channel)
        if not held & Permission.READ_MESSAGE_HISTORY:
            raise DiscordError(400, 160002, "Cannot reply without permission to read message history")
    target = call.world.messages[channel.id].get(reference.message_id)
    if target is None or target.visible_to is not None:
        if reference.fail_if_not_exists is False:
            return
        raise invalid_form(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    if target.type not in _PLAIN_TYPES:
        message = "Cannot reply to a system message"
        raise invalid_form(("message_reference",), "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", message)
    draft.reply_to = target.id


def check_permissions(call: Call, channel: Channel, draft: Draft) -> None:
    """Raise Missing Permissions for contents that the bot may not put into the channel."""
    guild = call.world.guild_of(channel)
    if guild is None:
        return
    held = call.world.permissions_of(guild, call.bot.id, channel)
    needed = {
        Permission.ATTACH_FILES: bool(draft.attachments),
        Permission.EMBED_LINKS: bool(draft.embeds),
        Permission.SEND_TTS_MESSAGES: draft.tts,
        Permission.SEND_POLLS: draft.poll is not None,
        Permission.SEND_VOICE_MESSAGES: bool(draft.flags & MessageFlag.IS_VOICE_MESSAGE),
        Permission.USE_EXTERNAL_STICKERS: any(call.world.homes.get(it) != guild.id for it in draft.sticker_ids),
    }
    if any(wanted and not held & permission for permission, wanted in needed.items()):
        raise missing_permissions()


def _check_layout(form: MessageForm, at: Path, flags: int) -> None:
    free = bool(flags & MessageFlag.IS_COMPONENTS_V2)
    for name in _LEGACY if free else ():
        if getattr(form, name):
            message = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            raise invalid_form((*at, name), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
    if form.components is not None:
        check_layout(form.components, (*at, "components"), free=free)


def _uploads(call: Call, form: MessageForm) -> list[Attachment]:
    if any(len(it.data) > payloads.ATTACHMENT_SIZE_LIMIT for it in call.files.values()):
        raise DiscordError(413, 40005, "Request entity too large")
    if len(call.files) > _MOST_FILES:
        raise invalid_form(("files",), "BASE_TYPE_MAX_LENGTH", f"Must be {_MOST_FILES} or fewer in length.")
    notes = {it.id: it for it in form.attachments or []}
    for index, upload in call.files.items():
        if (note := notes.get(index)) is not None:
            _note(upload, note)
        upload.is_spoiler = upload.is_spoiler or upload.filename.startswith("SPOILER_")
    return list(call.files.values())


def _note(upload: Attachment, note: _AttachmentNote) -> None:
    upload.filename = note.filename or upload.filename
    upload.description, upload.title = note.description, note.title
    upload.duration_secs, upload.waveform = note.duration_secs, note.waveform
    upload.is_spoiler = bool(note.is_spoiler)


def _shown(
    call: Call, uploads: list[Attachment], embeds: list[Json], components: list[Json], at: Path
) -> list[Attachment]:
    """Put uploads in place of their names; those shown in embeds are served, but no longer files of the message."""
    media = Media(call.world, uploads)
    media.fill_components(components, (*at, "components"))
    used = media.fill_embeds(embeds)
    call.world.attachments |= {it.id: it for it in uploads if it.id in used}
    return [it for it in uploads if it.id not in used]


def _leaves_nothing(message: Message, changes: dict[str, Any]) -> bool:
    def after(name: str) -> Any:
        return changes.get(name, getattr(message, name))

    filled = any(after(name) for name in ("embeds", "attachments", "components", "sticker_ids", "poll", "snapshot"))
    return not filled and not after("content").strip()


def _readable(call: Call, channel_id: int, message_id: int) -> Message:
    """Return a message that the bot can read, to hand it on."""
    channel = call.world.channels.get(channel_id)
    message = call.world.messages.get(channel_id, {}).get(message_id)
    if channel is None or message is None or message.visible_to is not None:
        raise unknown("Message")
    guild = call.world.guild_of(channel)
    if guild is not None:
        call.require(guild, channel, Permission.READ_MESSAGE_HISTORY)
    elif not call.world.can_view(channel, call.bot.id):
        raise unknown("Message")
    return message


def _sticker(call: Call, sticker_id: int) -> Sticker:
    found = expressions.find_sticker(call.world, sticker_id)
    home = call.world.guilds.get((found.guild_id or 0) if found is not None else 0)
    if found is None or home is None or call.bot.id not in home.members:
        raise DiscordError(400, 50081, "Invalid sticker sent")
    return found
