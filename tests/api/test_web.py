"""The dashboard's files: which file answers which address, with which headers, and what never does."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from guildbase.api.app import create_app
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.services.assembly import assemble

SCRIPT = "document.documentElement.className='dark'"
FILES = {
    "index.html": "<title>Start</title>",
    "404.html": "<title>Nothing here</title>",
    "login.html": "<title>Login</title>",
    "g/_.html": f"<title>A server</title><script>{SCRIPT}</script><script src='/_next/static/a.js'></script>",
    "g/_.txt": "the payload of a server",
    "g/_/__next._tree.txt": "a tree",
    "g/_/settings/_.html": "<title>Settings of a feature</title>",
    "g/_/settings/_/history.html": "<title>History</title>",
    "g/_/x/tickets.html": "<title>A plugin</title>",
    "g/_/x/tickets/item/_.html": "<title>An item of a plugin</title>",
    "_next/static/a.js": "console.log(1)\n" * 200,
    "_next/static/face.woff2": "wOF2" * 400,
}
GUILD = "1128754567890123457"


def write(folder: Path, files: dict[str, str] = FILES) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def move(folder: Path, name: str) -> None:
    folder.rename(folder.with_name(name))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
async def browser(folder: Path, registry: FeatureRegistry, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    services = assemble(Settings(database_url=f"sqlite:///{tmp_path}/none.db", dashboard_dir=folder), registry)
    transport = httpx.ASGITransport(create_app(services))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client
    await services.close()


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Start"),
        ("/login", "Login"),
        ("/login/", "Login"),
        (f"/g/{GUILD}", "A server"),
        (f"/g/{GUILD}/settings/automod", "Settings of a feature"),
        (f"/g/{GUILD}/settings/automod/history", "History"),
        (f"/g/{GUILD}/x/tickets", "A plugin"),
        (f"/g/{GUILD}/x/tickets/item/17", "An item of a plugin"),
    ],
)
async def test_an_address_with_ids_gets_the_page_that_was_made_for_all_ids(
    browser: httpx.AsyncClient, folder: Path, path: str, title: str
) -> None:
    write(folder)
    answer = await browser.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f"<title>{title}</title>" in answer.text
    assert (await browser.head(path)).status_code == 200


async def test_what_the_browser_fetches_ahead_is_found_at_the_same_places(
    browser: httpx.AsyncClient, folder: Path
) -> None:
    write(folder)
    assert (await browser.get(f"/g/{GUILD}.txt?_rsc=1")).text == "the payload of a server"
    tree = await browser.head(f"/g/{GUILD}/__next._tree.txt")
    assert (tree.status_code, tree.headers["content-type"]) == (200, "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        f"/g/{GUILD}/nowhere/at/all",
        "/g/../../../etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/g/%2e%2e/login",
        "/g/a%00b",
        "//example.com/login/x",
        "/g/" + "9" * 65,
        "/" + "a/" * 3000,
        "/_next/static/",
        "/_next/static",
    ],
)
async def test_there_is_no_way_out_of_the_folder(browser: httpx.AsyncClient, folder: Path, path: str) -> None:
    write(folder)
    (folder.parent / "secret.html").write_text("the secret")
    answer = await browser.get(path)
    assert answer.status_code == 404
    assert "Nothing here" in answer.text


async def test_what_is_the_apis_stays_the_apis(browser: httpx.AsyncClient, folder: Path) -> None:
    write(folder)
    for path in ("/api", "/api/v1/nowhere", "/api/v2/health"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert (await browser.post("/api/v1/health")).status_code == 405
    assert (await browser.post("/login")).headers["allow"] == "GET, HEAD"


async def test_a_page_runs_its_own_scripts_and_no_others(browser: httpx.AsyncClient, folder: Path) -> None:
    write(folder)
    headers = (await browser.get(f"/g/{GUILD}")).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    its_own = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert policy["script-src"] == f"'self' 'sha256-{its_own}'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == policy["default-src"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "unsafe-eval" not in headers["content-security-policy"]


async def test_names_with_a_hash_are_kept_for_ever_and_all_else_is_asked_for(
    browser: httpx.AsyncClient, folder: Path
) -> None:
    write(folder)
    script = await browser.get("/_next/static/a.js")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    page = await browser.get("/login")
    assert page.headers["cache-control"] == "no-cache"
    again = await browser.get("/login", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == page.headers["content-security-policy"]


async def test_text_is_packed_for_who_takes_it(browser: httpx.AsyncClient, folder: Path) -> None:
    write(folder)
    url = "/_next/static/a.js"
    async with browser.stream("GET", url, headers={"Accept-Encoding": "gzip, br"}) as answer:
        packed = b"".join([part async for part in answer.aiter_raw()])
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(packed).decode() == FILES["_next/static/a.js"]
    assert int(answer.headers["content-length"]) == len(packed) < 200
    plain = await browser.get(url, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    face = await browser.get("/_next/static/face.woff2")
    assert ("content-encoding" in face.headers, face.headers["content-type"]) == (False, "font/woff2")


async def test_a_build_that_comes_later_is_taken_up_and_outlives_its_folder(
    browser: httpx.AsyncClient, folder: Path
) -> None:
    missing = await browser.get(f"/g/{GUILD}")
    assert (missing.status_code, missing.headers["retry-after"]) == (503, "5")
    assert "guildbase dashboard build" in missing.text
    assert "unsafe-eval" not in missing.headers["content-security-policy"]
    assert (await browser.get("/api/v1/openapi.json")).status_code == 200
    write(folder)
    assert "A server" in (await browser.get(f"/g/{GUILD}")).text
    newer = write(folder.with_name("newer"), FILES | {"login.html": "<title>A newer login</title>"})
    move(folder, "older")
    assert "Login" in (await browser.get("/login")).text
    move(newer, folder.name)
    assert "A newer login" in (await browser.get("/login")).text


async def test_a_folder_without_a_page_for_what_is_missing_says_so_plainly(
    browser: httpx.AsyncClient, folder: Path
) -> None:
    write(folder, {"index.html": "<title>Start</title>"})
    answer = await browser.get("/nowhere")
    assert (answer.status_code, answer.text) == (404, "Not found.\n")


def test_the_packages_own_dashboard_comes_before_that_of_a_checkout(tmp_path: Path) -> None:
    from guildbase.api.web import places

    package, checkout = places(Settings())
    assert package.parts[-3:] == ("guildbase", "web", "static")
    assert checkout.parts[-2:] == ("dashboard", "out")
    assert places(Settings(dashboard_dir=tmp_path)) == (tmp_path,)
