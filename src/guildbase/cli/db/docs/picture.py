"""The diagram as an SVG file that is readable on light and on dark ground."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import escape

from guildbase.cli.db.docs.facts import PLATFORM, Described
from guildbase.cli.db.docs.layout import CHARACTER, GAP, HEAD, PAD, Box, Drawing, Line, draw, rows_of
from guildbase.cli.db.docs.page import is_one_to_one, marks_of

_LEGEND = 40
_HUES = (215, 150, 25, 285, 340, 185, 55, 120)
_STYLE = """\
  svg { background: #ffffff; }
  text { font: 11px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328; }
  .title { font-size: 13px; font-weight: bold; fill: #ffffff; }
  .legend { font-size: 12px; }
  .kind, .mark { fill: #59636e; }
  .mark { font-size: 9px; font-weight: bold; }
  .box { fill: #f6f8fa; stroke: #d1d9e0; }
  .line { fill: none; stroke: #818b98; stroke-width: 1.3; stroke-linejoin: round; }
  .halo { fill: none; stroke: #ffffff; stroke-width: 5; stroke-linejoin: round; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; }
    text { fill: #f0f6fc; }
    .kind, .mark { fill: #9198a1; }
    .box { fill: #151b23; stroke: #3d444d; }
    .line { stroke: #7d8590; }
    .halo { stroke: #0d1117; }
  }
"""


def picture(tables: list[Described]) -> str:
    """Return the SVG file."""
    drawing = draw(tables)
    owners = list(dict.fromkeys(one.owner for one in tables))
    hues = {owner: _HUES[place % len(_HUES)] for place, owner in enumerate(owners)}
    width = max(drawing.width, GAP + _legend_width(owners))
    size = f"{width:.0f} {drawing.height + _LEGEND:.0f}"
    title = f"{len(tables)} tables and their foreign keys"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{width:.0f}" role="img">',
        f"<title>{title}</title>",
        "<style>",
        _STYLE.rstrip(),
        *(f"  .o{place} {{ fill: hsl({hues[owner]}, 55%, 38%); }}" for place, owner in enumerate(owners)),
        "</style>",
        *_legend(owners),
        f'<g transform="translate(0 {_LEGEND})">',
        *_lines(drawing),
        *(part for box in drawing.boxes for part in _box(box, owners.index(box.about.owner))),
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _legend_width(owners: list[str]) -> float:
    return sum(len(owner) * CHARACTER * 1.2 + 40 for owner in owners)


def _legend(owners: list[str]) -> Iterator[str]:
    x = float(GAP)
    for place, owner in enumerate(owners):
        name = "platform services" if owner == PLATFORM else owner
        yield f'<rect class="o{place}" x="{x:.0f}" y="17" width="12" height="12" rx="3"/>'
        yield f'<text class="legend" x="{x + 18:.0f}" y="27">{escape(name)}</text>'
        x += len(name) * CHARACTER * 1.2 + 40


def _box(box: Box, owner: int) -> Iterator[str]:
    x, y, width = box.x, box.y, box.width
    yield f'<rect class="box" x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{box.height:.0f}" rx="6"/>'
    top = f"M{x:.0f} {y + HEAD - 4:.0f}v{-(HEAD - 10)}q0 -6 6 -6h{width - 12:.0f}q6 0 6 6v{HEAD - 10}z"
    yield f'<path class="o{owner}" d="{top}"/>'
    yield f'<text class="title" x="{x + PAD:.0f}" y="{y + 17:.0f}">{escape(box.table.name)}</text>'
    for column, (name, kind) in zip(box.table.columns, rows_of(box), strict=True):
        line = box.middle_of(name) + 4
        marks = " ".join(marks_of(column))
        if marks:
            yield f'<text class="mark" x="{x + PAD:.0f}" y="{line - 0.5:.1f}">{marks}</text>'
        yield f'<text x="{x + PAD + 5 * CHARACTER:.0f}" y="{line:.0f}">{escape(name)}</text>'
        yield f'<text class="kind" x="{x + width - PAD:.0f}" y="{line:.0f}" text-anchor="end">{escape(kind)}</text>'


def _lines(drawing: Drawing) -> Iterator[str]:
    """Yield the lines; where one crosses those of another source, it passes over them."""

    def source(line: Line) -> tuple[int, float]:
        return line.left.column, line.height_in(line.left.column)

    for _, together in groupby(sorted(drawing.lines, key=source), key=source):
        ways = [_way(drawing.points(line), line) for line in together]
        yield from (f'<path class="halo" d="{way}"/>' for way, _ in ways)
        yield from (f'<path class="line" d="{way} {ends}"/>' for way, ends in ways)


def _way(points: list[tuple[float, float]], line: Line) -> tuple[str, str]:
    """Return the path of a line, and its ends: a bar stands for one row, a foot for any number of rows."""
    way = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    parent, child, outwards = (points[-1], points[0], -1) if line.is_backward else (points[0], points[-1], 1)
    bars = [(parent[0] + 7 * outwards, parent[1])]
    if is_one_to_one(line.key):
        bars.append((child[0] - 7 * outwards, child[1]))
        return way, _bars(bars)
    foot = f"M{child[0]:.1f} {child[1] - 5:.1f}l{-9 * outwards} 5l{9 * outwards} 5"
    return way, f"{_bars(bars)} {foot}"


def _bars(places: list[tuple[float, float]]) -> str:
    return " ".join(f"M{x:.1f} {y - 5:.1f}v10" for x, y in places)
