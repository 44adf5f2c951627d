"""Defines what a page is made of: what was found, and the sections and blocks in which it is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import pandas as pd

NAN = float("nan")
WIDE, SOME, LONG, MOST_LOOKED_AT = 7, 4, 60, 40
"""A table of more columns, or of more than some with longer texts in its first rows, is wide."""
BIG_PT = 700.0
"""A picture that is wider is big: small in half a page."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a run or another study found: its *kind* and *title*, *tables* by name, *pictures* as SVG by name, *facts* in plain values, and the
    names of all *files* of the report. All that is said on a page comes from here, and so does the page of an earlier run."""

    kind: str
    title: str
    tables: Mapping[str, pd.DataFrame]
    pictures: Mapping[str, bytes]
    facts: Mapping[str, Any]
    files: Collection[str] = ()

    def figure(self, metric: str, column: str = "mean") -> Any:
        """What the summary says of a *metric*; nan where it says nothing."""
        table = self.tables.get("summary")
        if table is None:
            return NAN
        rows = table.loc[table["metric"] == metric, column]
        return rows.iloc[0] if len(rows) else NAN


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its *text*, what it is sorted by (*key*), a *bar* of so many percent beside it, or *parts* of a bar (class, where it begins, how long
    it is, in percent), or the address that it is a *link* to, and the *id* by which its row is linked to."""

    text: str
    key: str = ""
    bar: float = NAN
    parts: Sequence[tuple[str, float, float]] = ()
    link: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's *head*, the *unit* of its numbers, and whether it holds *numbers*."""

    head: str
    unit: str = ""
    numbers: bool = False


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table under a *caption*; *shown* rows are seen at once, *source* is the file that holds all digits, *shades* (class, name) say what colours
    of its bars mean; *broad* ones want the whole width, whatever they hold."""

    kind: ClassVar[str] = "table"
    id: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    source: str = ""
    note: str = ""
    shades: Sequence[tuple[str, str]] = ()
    shown: int = 12
    broad: bool = False

    @property
    def wide(self) -> bool:
        """Whether it wants the whole width of a page."""
        long = any(len(cell.text) > LONG for row in self.rows[:MOST_LOOKED_AT] for cell in row if not cell.parts)
        return self.broad or len(self.columns) > WIDE or (long and len(self.columns) > SOME)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a sheet that are folded under one: *head* are its cells, *rows* what it sums up (none, where it is one step only)."""

    id: str
    head: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class SheetBlock:
    """A table whose rows are folded in groups; *totals* stand at its foot."""

    kind: ClassVar[str] = "sheet"
    id: str
    caption: str
    columns: Sequence[Column]
    groups: Sequence[Group]
    totals: Sequence[Sequence[Cell]]
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class FigureBlock:
    """A picture: *svg* that may stand in a page, its *caption*, what it says in words (*alt*), and the files of its numbers and of itself; *paper*
    stays white, *big* wants the whole width."""

    kind: ClassVar[str] = "figure"
    id: str
    svg: str
    caption: str
    alt: str
    source: str = ""
    file: str = ""
    paper: bool = False
    big: bool = False


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Sentences, each a paragraph, or with *items* a list."""

    kind: ClassVar[str] = "text"
    paragraphs: Sequence[str] = ()
    items: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Text as it is typed, under a *caption*."""

    kind: ClassVar[str] = "code"
    text: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class LinksBlock:
    """Links to files or pages beside this one: address, text, and what follows it."""

    kind: ClassVar[str] = "links"
    links: Sequence[tuple[str, str, str]]


Block = TableBlock | SheetBlock | FigureBlock | TextBlock | CodeBlock | LinksBlock


@dataclass(frozen=True, slots=True)
class Card:
    """A figure on top of a page: *name*, *value* and *unit*, and lines of what stands beside it."""

    name: str
    value: str
    unit: str
    beside: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page: *id*, its *name* in the list of parts, the finding that heads it, and its *blocks*."""

    id: str
    name: str
    heading: str
    blocks: Sequence[Block]

    @property
    def alone(self) -> frozenset[int]:
        """Which blocks, by their place, are pictures of half a page's width with nothing to stand beside them."""
        wide = [True, *(_wide(block) for block in self.blocks), True]
        return frozenset(at for at, block in enumerate(self.blocks)
                         if isinstance(block, FigureBlock) and not block.big and wide[at] and wide[at + 2])


def _wide(block: Block) -> bool:
    """Whether *block* takes the whole width of a page."""
    return block.wide if isinstance(block, TableBlock) else block.big if isinstance(block, FigureBlock) else not isinstance(block, TextBlock)


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page: *title*, what it is of (*under*), the *lead* that says what was found, *cards*, *warnings*, the *shares* of a bar (class, name,
    percent, and how much it is, in words), *answers* to what people ask (question, answer, where more is told), and *sections*."""

    title: str
    under: str
    lead: Sequence[str]
    cards: Sequence[Card] = ()
    warnings: Sequence[str] = ()
    shares: Sequence[tuple[str, str, float, str]] = ()
    answers: Sequence[tuple[str, str, str]] = ()
    sections: Sequence[Section] = field(default_factory=tuple)
