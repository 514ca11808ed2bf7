"""A build is done when it is needed, replaces the last one as a whole, and says what went wrong."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from guildbase.web.building import build, is_current
from guildbase.web.licences import LICENCES
from guildbase.web.node import BuildFailed


def page(out: Path) -> str:
    return (out / "index.html").read_text()


def test_it_is_built_once_and_again_when_a_source_changes(project: Path) -> None:
    out, told = project / "out", list[str]()
    assert build(project, out, tell=told.append) is True
    assert page(out) == "first page with types.ts"
    assert [text.split()[0] for text in told] == ["Installing", "Building"]
    assert build(project, out, tell=told.append) is False
    assert is_current(project, out)

    (project / "src" / "page.test.txt").write_text("tests are no part of the pages")
    (project / "openapi.json").write_text("nor is what the client is made from")
    assert is_current(project, out)
    (project / "src" / "page.txt").write_text("second page")
    assert not is_current(project, out)
    assert build(project, out, tell=told.append) is True
    assert page(out) == "second page with types.ts"
    assert [text.split()[0] for text in told] == ["Installing", "Building", "Building"]
    assert sorted(path.name for path in project.iterdir() if path.name.startswith("out")) == ["out"]


def test_a_build_that_fails_says_why_and_leaves_the_last_one(project: Path) -> None:
    out = project / "out"
    build(project, out, tell=print)
    (project / "src" / "page.txt").write_text("broken page")
    with pytest.raises(BuildFailed, match=r"(?s)next build failed:.*page\.txt is broken"):
        build(project, out, tell=print)
    assert page(out) == "first page with types.ts"
    (project / "src" / "page.txt").write_text("first page")
    assert is_current(project, out)


def test_plugins_are_built_into_a_copy(project: Path, tmp_path: Path) -> None:
    out, work, plugins = tmp_path / "pages", tmp_path / "work", tmp_path / "plugins"
    (plugins / "weather").mkdir(parents=True)
    with pytest.raises(BuildFailed, match=r"weather is no plugin: it has no plugin\.ts"):
        build(project, out, plugins=plugins, work=work, tell=print)
    (plugins / "weather" / "plugin.ts").write_text("export default {}")
    with pytest.raises(BuildFailed, match=r"weather is a plugin itself\. Name the folder around it\."):
        build(project, out, plugins=plugins / "weather", work=work, tell=print)
    (plugins / ".git").mkdir()
    (plugins / "node_modules").mkdir()
    assert build(project, out, plugins=plugins, work=work, tell=print) is True
    assert page(out) == "first page with types.ts weather"
    assert build(project, out, plugins=plugins, work=work, tell=print) is False
    (plugins / "weather" / "plugin.ts").write_text("export default { id: 'weather' }")
    assert build(project, out, plugins=plugins, work=work, tell=print) is True
    assert build(project, out, work=work, tell=print) is True
    assert page(out) == "first page with types.ts"
    assert not (project / "node_modules").exists()


def test_a_folder_without_a_plugin_is_a_mistake(project: Path, tmp_path: Path) -> None:
    (tmp_path / "empty" / ".git").mkdir(parents=True)
    with pytest.raises(BuildFailed, match="empty holds no plugin"):
        build(project, tmp_path / "pages", plugins=tmp_path / "empty", work=tmp_path / "work", tell=print)


def test_regression_pages_are_built_where_only_types_were_checked(project: Path, tmp_path: Path) -> None:
    types = tmp_path / "pages" / "types"
    types.mkdir(parents=True)
    (types / "routes.d.ts").write_text("export {}")
    assert build(project, tmp_path / "pages", tell=print)


def test_regression_nothing_is_deleted_that_is_not_of_a_build(project: Path, tmp_path: Path) -> None:
    """`--out .` took the whole folder away, and `--work .` all that was in it."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "novel.txt").write_text("Chapter 1")
    for out, work in ((mine, tmp_path / "work"), (tmp_path / "pages", mine)):
        with pytest.raises(BuildFailed, match="mine holds something else, which would be deleted"):
            build(project, out, work=work, tell=print)
    assert [path.name for path in mine.iterdir()] == ["novel.txt"]


def test_the_licences_of_what_is_in_the_pages_lie_beside_them(project: Path) -> None:
    build(project, project / "out", tell=print)
    text = (project / "out" / LICENCES).read_text()
    assert "next 1.2.3 (MIT)" in text
    assert "Do what you like." in text
    assert "tool" not in text


def test_two_builds_at_a_time_do_the_work_once(project: Path) -> None:
    done: list[bool] = []
    threads = [
        threading.Thread(target=lambda: done.append(build(project, project / "out", tell=print))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, True]
