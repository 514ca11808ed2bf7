"""The page that shows the description of the API to people.

It is plain HTML without a script: on the dashboard's own address a program from elsewhere would act as whoever reads.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter()

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.55 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h2 { margin-top: 2.5rem; text-transform: capitalize; }
details { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: .5rem; margin: .5rem 0; }
summary { cursor: pointer; padding: .5rem .75rem; overflow-wrap: anywhere; }
details > :not(summary) { margin-left: .75rem; margin-right: .75rem; }
summary b { display: inline-block; min-width: 4.5rem; }
code, pre { font: .9em/1.5 ui-monospace, monospace; background: color-mix(in srgb, currentColor 8%, transparent); }
code { padding: .1em .3em; border-radius: .3em; }
summary code { background: none; }
pre { padding: .75rem; border-radius: .5rem; overflow-x: auto; }
table { border-collapse: collapse; }
td { padding: .2rem .75rem .2rem 0; vertical-align: top; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@router.get("/docs", include_in_schema=False)
async def show_documentation(request: Request) -> HTMLResponse:
    """Return all operations with their parameters, answers and examples."""
    app = request.app
    document = app.openapi()
    made: tuple[dict[str, Any], str] | None = getattr(app.state, "documentation", None)
    if made is None or made[0] is not document:
        made = app.state.documentation = (document, page(document, app.openapi_url))
    return HTMLResponse(made[1], headers={"Content-Security-Policy": _POLICY})


def page(document: dict[str, Any], address: str) -> str:
    """Return the page of an OpenAPI document that lies at the address."""
    title = escape(document["info"]["title"])
    by_tag: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            [tag, *_others] = operation.get("tags") or ["more"]
            by_tag.setdefault(tag, []).append("".join(_operation(method.upper(), path, operation)))
    sections = "".join(f"<h2>{escape(tag)}</h2>{''.join(by_tag[tag])}" for tag in sorted(by_tag))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}: API</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><h1>{title} {escape(document['info']['version'])}: API</h1>"
        f'<p>{escape(document["info"]["summary"])} For programs: <a href="{escape(address)}">{escape(address)}</a></p>'
        f"{sections}</body></html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<details><summary><b>{method}</b> <code>{escape(path)}</code> {escape(operation['operationId'])}</summary>"
    yield from (f"<p>{_text(part)}</p>" for part in operation.get("description", "").split("\n\n"))
    if parameters := operation.get("parameters"):
        yield f"<table>{''.join(map(_parameter, parameters))}</table>"
    body = operation.get("requestBody", {}).get("content", {})
    yield from (f"<p>Send <code>{escape(kind)}</code>:</p>{_example(media)}" for kind, media in body.items())
    for status, response in operation["responses"].items():
        if "$ref" not in response:
            yield f"<p>Answer {status}: {_text(response['description'])}</p>"
            yield from map(_example, response.get("content", {}).values())
    refusals = ", ".join(status for status, response in operation["responses"].items() if "$ref" in response)
    yield f"<p>Refusals: {refusals or 'none'}</p></details>"


def _parameter(parameter: dict[str, Any]) -> str:
    needed = "needed" if parameter.get("required") else ""
    cells = (
        f"<code>{escape(parameter['name'])}</code>",
        parameter["in"],
        needed,
        _text(parameter.get("description", "")),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _example(media: dict[str, Any]) -> str:
    if "example" not in media:
        return ""
    return f"<pre>{escape(json.dumps(media['example'], indent=2, ensure_ascii=False))}</pre>"


def _text(text: str) -> str:
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))
