"""What other services send to webhooks: messages made for Slack, and events of GitHub."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from guildbase.simulator.errors import Json
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.webhooks import WebhookName

_TEXT, _TITLE, _FIELDS = 4096, 256, 25


class _SlackField(Form):
    title: str = ""
    value: str = ""
    short: bool | None = False


class _SlackAttachment(Form):
    title: str | None = None
    title_link: str | None = None
    pretext: str | None = None
    text: str | None = None
    fallback: str | None = None
    color: str | None = None
    author_name: str | None = None
    author_link: str | None = None
    footer: str | None = None
    fields: Annotated[list[_SlackField], Field(max_length=_FIELDS)] = Field(default_factory=list)

    def rendered(self) -> Json:
        """Return the attachment as an embed."""
        embed: Json = {"type": "rich"}
        body = "\n".join(it for it in (self.pretext, self.text or self.fallback) if it)
        told = {"title": (self.title or "")[:_TITLE], "url": self.title_link, "description": body[:_TEXT]}
        embed |= {name: it for name, it in told.items() if it}
        digits = (self.color or "").removeprefix("#")
        if len(digits) == 6 and all(it in "0123456789abcdefABCDEF" for it in digits):
            embed["color"] = int(digits, 16)
        if self.author_name:
            embed["author"] = {"name": self.author_name[:_TITLE]}
        if self.footer:
            embed["footer"] = {"text": self.footer[:2048]}
        if self.fields:
            embed["fields"] = [_field(it) for it in self.fields]
        return embed


def _field(one: _SlackField) -> Json:
    return {"name": one.title[:256] or "\u200b", "value": one.value[:1024] or "\u200b", "inline": bool(one.short)}


class SlackForm(Form):
    """A message made for Slack."""

    text: Annotated[str, Field(max_length=2000)] | None = None
    username: WebhookName | None = None
    icon_url: Annotated[str, Field(max_length=2048)] | None = None
    attachments: Annotated[list[_SlackAttachment], Field(max_length=10)] | None = None

    def rendered(self) -> list[Json]:
        """Return the attachments as embeds."""
        return [it.rendered() for it in self.attachments or []]


class _Named(Form):
    full_name: str | None = None
    login: str | None = None
    title: str | None = None
    number: int | None = None
    html_url: str | None = None
    tag_name: str | None = None
    body: str | None = None


class _Commit(Form):
    id: str = ""
    message: str = ""
    url: str = ""


class GitHubForm(Form):
    """An event of GitHub; the kind shows in what it holds."""

    action: str | None = None
    ref: str | None = None
    compare: str | None = None
    commits: list[_Commit] | None = None
    repository: _Named = Field(default_factory=_Named)
    sender: _Named = Field(default_factory=_Named)
    issue: _Named | None = None
    pull_request: _Named | None = None
    release: _Named | None = None
    comment: _Named | None = None

    def rendered(self) -> Json | None:
        """Return the event as an embed; None if there is nothing to tell, as for a ping."""
        found = self._told()
        if found is None:
            return None
        title, url, body = found
        embed: dict[str, Any] = {"type": "rich", "title": f"[{self.repository.full_name}] {title}"[:_TITLE]}
        embed |= {name: it for name, it in {"url": url, "description": (body or "")[:_TEXT]}.items() if it}
        return embed | ({"author": {"name": self.sender.login}} if self.sender.login else {})

    def _told(self) -> tuple[str, str | None, str | None] | None:
        if self.commits:
            lines = [
                f"[`{it.id[:7]}`]({it.url}) {it.message.splitlines()[0] if it.message else ''}" for it in self.commits
            ]
            return f"{len(self.commits)} new commits", self.compare, "\n".join(lines)
        about = self.pull_request or self.issue
        if about is not None:
            kind = "Pull request" if self.pull_request is not None else "Issue"
            deed = "New comment on " + kind.lower() if self.comment is not None else f"{kind} {self.action or ''}"
            body = about.body if self.comment is None else self.comment.body
            return f"{deed}: #{about.number} {about.title}", about.html_url, body
        if self.release is not None:
            return f"New release published: {self.release.tag_name}", self.release.html_url, self.release.body
        return None
