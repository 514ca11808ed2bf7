"""What a transcript shows, and that nothing people wrote becomes more than text."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from html.parser import HTMLParser

import orjson
import pytest

from guildbase.features.tickets.transcripts import (
    CONTENT_SECURITY_POLICY,
    Attached,
    Conversation,
    Quoted,
    Said,
    to_html,
    to_json,
)
from guildbase.features.tickets.transcripts.markdown import to_html as markup
from guildbase.features.tickets.views import transcripts

AT = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
ADA, BOB = 1128754567890123457, 1128754567890123458
HOSTILE = '<script>alert(1)</script> "><img src=x onerror=alert(1)> javascript:alert(1) </style> \x00'


def _conversation(*messages: Said, **more: object) -> Conversation:
    given = {"guild_id": 1128754567890123400, "number": 7, "category": "Billing", "opener_id": ADA}
    return Conversation(**{**given, "opener_name": "ada", "opened_at": AT, "messages": messages, **more})  # type: ignore[arg-type]


def _said(content: str, **more: object) -> Said:
    return Said(**{"message_id": 5, "author_id": ADA, "author_name": "ada", "said_at": AT, "content": content, **more})  # type: ignore[arg-type]


class _Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_whatever_people_write_stays_text() -> None:
    file = Attached(f"{HOSTILE}.txt", 3, HOSTILE, "javascript:alert(1)")
    said = _said(
        HOSTILE, author_name=HOSTILE, files=(file,), quotes=(Quoted(HOSTILE, HOSTILE, ((HOSTILE, HOSTILE),)),),
        stickers=(HOSTILE,),
    )  # fmt: skip
    head = {"category": HOSTILE, "opener_name": HOSTILE, "subject": HOSTILE, "answers": {HOSTILE: HOSTILE}}
    page = _Page(to_html(_conversation(said, **head, close_reason=HOSTILE, note=HOSTILE, names={ADA: HOSTILE})))
    assert not {tag for tag, _ in page.tags} & {"script", "img", "iframe", "object", "link", "form"}
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") or name == "style" for name in attrs)]
    assert not [attrs for _, attrs in page.tags if "javascript" in str(attrs.get("href"))]
    assert page.text.count("<script>alert(1)</script>") >= 10


def test_the_page_asks_nobody_for_anything_and_says_so_itself() -> None:
    page = _Page(to_html(_conversation(_said("hello"))))
    policies = [attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policies == [CONTENT_SECURITY_POLICY]
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "script" not in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_the_page_tells_of_the_ticket_and_its_messages() -> None:
    staff = _said("_Sure_, see <@1128754567890123457>", message_id=6, author_id=BOB, author_name="bob", is_staff=True)
    changed = _said("oops", message_id=8, edited_at=AT, deleted_at=AT, reply_to=6, is_bot=True)
    more = {"closed_at": AT, "close_reason": "done", "subject": "Refund", "answers": {"Order?": "42"}}
    page = to_html(_conversation(_said("hi"), staff, changed, **more, note="The end is missing.", names={ADA: "ada"}))
    seen = _Page(page)
    for text in ("Ticket #7", "Billing", "Refund", "Order?", "42", "done", "The end is missing.", "Messages: 3"):
        assert text in seen.text
    assert '<em>Sure</em>, see <span class="mention">@ada</span>' in page
    assert "(deleted 2026-05-01 12:30 UTC)" in seen.text
    assert {"href": "#m6"} in [attrs for tag, attrs in seen.tags if tag == "a"]


def test_who_was_erased_is_shown_without_name_and_words() -> None:
    page = _Page(to_html(_conversation(_said("", author_name="", is_erased=True), opener_name="")))
    assert page.text.count("(erased)") == 3
    assert str(ADA) not in page.text


def test_copied_pictures_are_shown_and_other_copies_can_be_saved() -> None:
    picture = Attached("a.png", 3, "image/png", content=b"png")
    vector = Attached("a.svg", 2048, "image/svg+xml", content=b"<svg onload=alert(1)>")
    lost = Attached("b.zip", 3 << 20, url="https://cdn.example/b.zip")
    page = _Page(to_html(_conversation(_said("", files=(picture, vector, lost)))))
    assert [attrs["src"] for tag, attrs in page.tags if tag == "img"] == ["data:image/png;base64,cG5n"]
    links = {attrs["href"] for tag, attrs in page.tags if tag == "a"}
    assert "https://cdn.example/b.zip" in links
    assert all(link and link.startswith(("data:application/octet-stream;", "https://")) for link in links)
    assert "a.svg (2 KiB)" in page.text
    assert "b.zip (3.0 MiB)" in page.text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**b** *i* __u__ ~~s~~", "<strong>b</strong> <em>i</em> <u>u</u> <s>s</s>"),
        ("||x||", '<span class="spoiler">x</span>'),
        ("`**a**` ```py\n<b>```", "<code>**a**</code> <pre>&lt;b&gt;</pre>"),
        ("<#5> <@&6> <:ok:77>", '<span class="mention">#5</span> <span class="mention">@&amp;6</span> :ok:'),
        ("<@9>", '<span class="mention">@9</span>'),
        (
            "<https://a.b/?c=1&d=*e*>",
            '&lt;<a href="https://a.b/?c=1&amp;d=*e*" rel="noopener noreferrer nofollow">https://a.b/?c=1&amp;d=*e*</a>&gt;',
        ),
        ("2 * 3 * 4 snake_case_name", "2 * 3 * 4 snake_case_name"),
    ],
)
def test_markup_is_shown_as_in_discord(text: str, html: str) -> None:
    assert markup(text, {}) == html


def test_programs_get_all_of_it_as_json_with_ids_as_text() -> None:
    file = Attached("a.png", 3, "image/png", "https://cdn.example/a.png", b"png")
    quote = Quoted("t", "x", (("n", "v"),))
    full = _said("hi", files=(file,), quotes=(quote,), stickers=("wave",), reply_to=4, edited_at=AT, deleted_at=AT)
    document = orjson.loads(to_json(_conversation(full, _said("bye", message_id=6, files=(Attached("b", 1),)))))
    assert (document["format"], document["number"], document["opener_id"]) == (1, 7, str(ADA))
    first, second = document["messages"]
    assert (first["id"], first["author_id"], first["reply_to"]) == ("5", str(ADA), "4")
    assert first["files"][0]["content"] == "cG5n"
    assert first["embeds"] == [{"title": "t", "text": "x", "fields": [{"name": "n", "value": "v"}]}]
    assert first["stickers"] == ["wave"]
    assert second["files"][0]["content"] is None
    assert "edited_at" not in second


async def test_a_transcript_that_is_too_large_for_discord_is_sent_without_copies_then_packed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = _conversation(_said("hello", files=(Attached("a.bin", 60_000, content=b"x" * 60_000),)))
    monkeypatch.setattr(transcripts, "MAX_UPLOAD", 10_000)
    file = await transcripts.transcript_file(whole)
    assert file.filename == "ticket-7.html"
    assert "a.bin (59 KiB)" in file.fp.read().decode()
    monkeypatch.setattr(transcripts, "MAX_UPLOAD", 10)
    packed = await transcripts.transcript_file(whole, as_json=True)
    assert packed.filename == "ticket-7.json.gz"
    assert orjson.loads(gzip.decompress(packed.fp.read()))["number"] == 7
