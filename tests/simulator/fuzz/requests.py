"""One random request to an operation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.simulator.fuzz.mutations import broken
from tests.simulator.fuzz.values import Values
from tests.simulator.oracle import Operation

_REASONS = ("spam", "%", "%FF%FE", "%F0%9F%98%80", "x" * 600, "")
_GARBAGE = (
    b"{", b"[" * 5000, b"\xff\xfe{}", b'{"a":' * 400 + b"1" + b"}" * 400, b"null", b'"x"', b"NaN", b'{"a":1,"a":2}',
    b'{"content":"\\ud800"}', b" ", b"1e999", b"\x00",
)  # fmt: skip
_BROKEN_PARTS = (
    b"", b"--x", b"--x\r\n\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--",
    b'--x\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n{\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="files[x]"; filename="a"\r\n\r\nv\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="files[99999999999999999999]"; filename="a"\r\n\r\nv\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="files["\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--x--\r\n',
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What is sent, apart from the path."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any

    def sent(self) -> Any:
        """Return the body for aiohttp; a form can be sent only once."""
        return self.body() if callable(self.body) else self.body


def draw(random: Random, values: Values, operation: Operation, token: str) -> Request:
    """Return a request to the operation, good or broken."""
    headers = {"Authorization": f"Bot {token}" if random.random() < 0.98 else "Bot wrong"}
    if random.random() < 0.2:
        headers["X-Audit-Log-Reason"] = random.choice(_REASONS)
    query = {}
    for one in operation.parameters:
        if one["in"] == "query" and random.random() < 0.5:
            value = values.draw(one["schema"])
            # A longer request line would be refused by any HTTP server before it reaches the API.
            query[one["name"]] = _text(value if random.random() < 0.8 else broken(random, value))[:500]
    if not operation.request or (operation.method == "GET" and random.random() < 0.95):
        return Request(query, headers, None)
    kind, body = _body(random, values, operation)
    return Request(query, headers | ({"Content-Type": kind} if kind else {}), body)


def _body(random: Random, values: Values, operation: Operation) -> tuple[str, Any]:
    kinds = list(operation.request)
    kind = random.choice(kinds)
    luck = random.random()
    if luck < 0.04:
        return "application/json", random.choice(_GARBAGE)
    if luck < 0.07:
        return "multipart/form-data; boundary=x", random.choice(_BROKEN_PARTS)
    value = values.draw(operation.request[kind]["schema"])
    if random.random() < 0.5:
        value = broken(random, value)
    if kind == "application/json" or not isinstance(value, dict):
        return "application/json", json.dumps(value).encode()
    if kind == "multipart/form-data":
        return "", lambda: _form(value, whole="application/json" in kinds)
    return "application/x-www-form-urlencoded", urlencode({key: _text(it) for key, it in value.items()}).encode()


def _form(value: dict[str, Any], *, whole: bool) -> aiohttp.FormData:
    form = aiohttp.FormData(default_to_multipart=True)
    files = {key: it for key, it in value.items() if key.startswith("file")}
    if whole:
        form.add_field("payload_json", json.dumps({key: it for key, it in value.items() if key not in files}))
    else:
        for key, it in value.items():
            if key not in files and key.isprintable():
                form.add_field(key, _text(it))
    for key, it in files.items():
        form.add_field(key, _text(it).encode(), filename="a.png", content_type="image/png")
    return form


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
