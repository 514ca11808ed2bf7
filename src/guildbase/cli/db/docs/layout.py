"""Where the boxes and lines of the diagram go: parents left of their children, no line through a box.

Tables stand in columns. A line that passes a column in which neither of its ends stands gets a place of its own there,
as a box would. Between two columns each source of lines has a track of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import ForeignKeyConstraint, Table

from guildbase.cli.db.docs.facts import Described, short_type

ROW, HEAD, PAD = 18, 28, 8
CHARACTER = 6.9
"""Width of one character of the rows, in a monospaced font of 11 pixels."""
GAP, PASSAGE, TRACK, GUTTER = 26, 14, 9, 34
TALLEST = 640
"""Height of a column of boxes from which the next box goes to the next column."""


@dataclass(eq=False)
class Box:
    """One table."""

    about: Described
    column: int = 0
    x: float = 0
    y: float = 0
    width: float = 0

    @property
    def table(self) -> Table:
        """The table."""
        return self.about.table

    @property
    def height(self) -> float:
        """Its height with all columns."""
        return HEAD + ROW * len(self.table.columns) + PAD

    def middle_of(self, name: str) -> float:
        """Return the height at which a line meets the row of a column."""
        return self.y + HEAD + ROW * (self.table.columns.keys().index(name) + 0.5)


@dataclass(eq=False)
class Line:
    """One foreign key. Its parent stands on the left, unless tables point at each other in a circle."""

    key: ForeignKeyConstraint
    parent: Box
    child: Box
    passages: dict[int, float] = field(default_factory=dict)
    """The heights at which it passes the columns between."""

    @property
    def is_backward(self) -> bool:
        """Whether the child stands on the left."""
        return self.child.column < self.parent.column

    @property
    def left(self) -> Box:
        """The box on the left."""
        return self.child if self.is_backward else self.parent

    @property
    def right(self) -> Box:
        """The box on the right."""
        return self.parent if self.is_backward else self.child

    def height_in(self, column: int) -> float:
        """Return the height at which it leaves, passes or meets a column."""
        if column == self.parent.column:
            return self.parent.middle_of(self.key.elements[-1].column.name)
        if column == self.child.column:
            return self.child.middle_of(self.key.elements[-1].parent.name)
        return self.passages[column]


@dataclass(eq=False)
class Drawing:
    """All boxes and lines with their places."""

    boxes: list[Box]
    lines: list[Line]
    width: float = 0
    height: float = 0
    tracks: dict[tuple[int, float], float] = field(default_factory=dict)
    """Where the vertical part runs of the lines that leave a column at a height."""

    def points(self, line: Line) -> list[tuple[float, float]]:
        """Return the corners of the line."""
        y = line.height_in(line.left.column)
        found = [(line.left.x + line.left.width, y)]
        for column in range(line.left.column, line.right.column):
            x, below = self.tracks[column, y], line.height_in(column + 1)
            found += [(x, y), (x, below)]
            y = below
        return [*found, (line.right.x, y)]


def draw(tables: list[Described]) -> Drawing:
    """Return the drawing; the same tables give the same one."""
    boxes = {one.table: Box(one) for one in tables}
    lines = [
        Line(key, boxes[key.referred_table], box)
        for box in boxes.values()
        for key in box.about.foreign_keys
        if key.referred_table is not box.table
    ]
    drawing = Drawing(list(boxes.values()), lines)
    joined = [box for box in drawing.boxes if _neighbours(box, lines)]
    columns = _columns(joined, lines)
    x = float(GAP)
    for number, column in enumerate(columns):
        _stack(number, column, lines)
        width = max(_width(box) for box in column)
        for box in column:
            box.x, box.width = x, width
        x = _lay_tracks(drawing, number, x + width)
    drawing.width = max((box.x + box.width for box in joined), default=0) + GAP
    lowest = [box.y + box.height for box in joined] + [y for line in lines for y in line.passages.values()]
    drawing.height = max(lowest, default=0) + GAP
    _stand_alone(drawing, [box for box in drawing.boxes if box not in joined])
    return drawing


def _columns(boxes: list[Box], lines: list[Line]) -> list[list[Box]]:
    """Give each box the first column right of its parents that has room for it."""
    columns: list[list[Box]] = []
    waiting = list(boxes)
    while waiting:
        placed = [box for box in waiting if not any(line.child is box and line.parent in waiting for line in lines)]
        # Of tables that point at each other in a circle, any may come first.
        for box in placed or waiting[:1]:
            first = max((it.column + 1 for it in _neighbours(box, lines) if it not in waiting), default=0)
            box.column = next(number for number in range(first, len(boxes) + first) if _has_room(columns, number, box))
            while len(columns) <= box.column:
                columns.append([])
            columns[box.column].append(box)
            waiting.remove(box)
    return columns


def _neighbours(box: Box, lines: list[Line]) -> list[Box]:
    return [line.parent if line.child is box else line.child for line in lines if box in (line.parent, line.child)]


def _has_room(columns: list[list[Box]], number: int, box: Box) -> bool:
    there = columns[number] if number < len(columns) else []
    return not there or sum(one.height + GAP for one in there) + box.height <= TALLEST


def _stack(number: int, column: list[Box], lines: list[Line]) -> None:
    """Put boxes and passing lines below each other, in the order of where their lines come from."""

    def pull(one: Box | Line) -> float:
        if isinstance(one, Line):
            return one.height_in(number - 1)
        sources = [line.height_in(number - 1) for line in lines if line.right is one]
        return sum(sources) / len(sources) if sources else 0

    there: list[Box | Line] = [line for line in lines if line.left.column < number < line.right.column]
    y = float(GAP)
    for one in sorted([*there, *column], key=pull):
        if isinstance(one, Line):
            one.passages[number] = y
            y += PASSAGE
        else:
            one.y = y
            y += one.height + GAP


def _lay_tracks(drawing: Drawing, number: int, x: float) -> float:
    """Give each source of lines a track right of the column, and return where the next column begins."""
    leaving = [line for line in drawing.lines if line.left.column <= number < line.right.column]
    sources = sorted({line.height_in(number) for line in leaving}, reverse=True)
    for place, source in enumerate(sources):
        drawing.tracks[number, source] = x + GUTTER / 2 + TRACK * place
    return x + GUTTER + TRACK * max(0, len(sources) - 1)


def _stand_alone(drawing: Drawing, boxes: list[Box]) -> None:
    """Put tables without foreign keys in rows below the others."""
    for box in boxes:
        box.width = _width(box)
    limit = max(drawing.width, 900)
    x, top = float(GAP), drawing.height
    for box in sorted(boxes, key=lambda it: (-it.height, it.table.name)):
        if x > GAP and x + box.width + GAP > limit:
            x, top = float(GAP), drawing.height
        box.x, box.y = x, top
        x += box.width + GAP
        drawing.height = max(drawing.height, top + box.height + GAP)
        drawing.width = max(drawing.width, x)


def _width(box: Box) -> float:
    rows = [len(name) + len(kind) + 9 for name, kind in rows_of(box)]
    return max([len(box.table.name) * 1.25 + 4, *rows]) * CHARACTER


def rows_of(box: Box) -> Iterator[tuple[str, str]]:
    """Yield name and type of each column."""
    for column in box.table.columns:
        yield column.name, short_type(column) + ("?" if column.nullable else "")
