"""A small project that is built like the dashboard: its `next` is a script of ten lines for the real Node."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from guildbase.web.node import find_node

NEXT = """
const { mkdirSync, readFileSync, readdirSync, writeFileSync } = require("node:fs");
const page = readFileSync("src/page.txt", "utf8");
if (page.startsWith("broken")) {
  console.log("Failed to compile.\\n./src/page.txt is broken");
  process.exit(1);
}
const out = process.env.GUILDBASE_BUILD_DIR;
mkdirSync(out);
writeFileSync(`${out}/index.html`, `${page} with ${readFileSync("src/registry.gen.ts", "utf8")}`);
"""
GENERATE = """
import { readdirSync, writeFileSync } from "node:fs";
writeFileSync("src/registry.gen.ts", readdirSync("src/plugins").join(" "));
"""


def write_project(folder: Path) -> Path:
    lock = {
        "name": "small",
        "lockfileVersion": 3,
        "requires": True,
        "packages": {
            "": {"name": "small", "dependencies": {"next": "file:next", "tool": "file:tool"}},
            "next": {"version": "1.2.3", "license": "MIT"},
            "node_modules/next": {"resolved": "next", "link": True, "version": "1.2.3", "license": "MIT"},
            "tool": {"version": "1.0.0", "dev": True},
            "node_modules/tool": {"resolved": "tool", "link": True, "dev": True},
        },
    }
    files = {
        "package.json": json.dumps({"name": "small", "dependencies": {"next": "file:next", "tool": "file:tool"}}),
        "package-lock.json": json.dumps(lock),
        "next/package.json": json.dumps({"name": "next", "version": "1.2.3"}),
        "next/LICENSE": "Do what you like.",
        "next/dist/bin/next": NEXT,
        "tool/package.json": json.dumps({"name": "tool", "version": "1.0.0"}),
        "scripts/gen-plugins.mjs": GENERATE,
        "src/page.txt": "first page",
        "src/page.test.txt": "a test",
        "src/plugins/types.ts": "",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    if find_node() is None:
        if os.environ.get("CI") == "true" and shutil.which("node"):
            pytest.fail("The build must be tested in CI, where `make test` sees to a Node.js.", pytrace=False)
        pytest.skip("there is no Node.js: install one, or use `uv run --extra dashboard`")
    return write_project(tmp_path / "project")
