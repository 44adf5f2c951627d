"""Writes the sheets of money: what a good unit takes of every price, and the cost sheet that adds it up by step and category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from xlsxwriter.utility import xl_col_to_name

from procsim.workbook.contents import COST, LINES, Contents, quoted, worth
from procsim.workbook.sheet import Cell, Formula, Sheet

LINE_NOTES = (
    "One row for each price that a step (or what comes in, or unused capacity) uses: amount of it per good unit × the price on the sheet Inputs.",
    "Amounts are values: what the run used, scrap and repeated work included. A row without an input holds USD that no price here accounts for.",
)
COST_NOTES = (
    "USD per good unit (good: shipped and truly good). Each cell adds up its rows of the sheet Price lines; totals, shares, cumulative and yielded",
    "cost are formulas as well; yields are values. Cost per started unit is cost per good unit × yield. Yielded cost is what was spent per started",
    "unit over the share of units that are still good: it ends at the direct cost. What scrap costs is inside each figure: all that is spent is",
    "divided by good units.",
)
LINE_STYLES = ("key", "text", "text", "text", "text", "amount", "general", "amount")
HEAD = ("", "step", "op", "process", "tool group")
TAIL = ("total", "share", "cumulative", "step yield", "cumulative yield", "cumulative per started unit", "yielded cost")


@dataclass(frozen=True, slots=True)
class Places:
    """Where the totals stand, as other sheets refer to them, and what they are."""

    direct: Formula
    loaded: Formula


def lines_sheet(sheet: Sheet, contents: Contents, prices: Mapping[int, str]) -> tuple[int, int]:
    """Every line, with its price where the sheet of inputs has it (*prices*). Returns the first and the last of their rows, from 1."""
    steps = contents.tables["cost_by_step"]
    names, groups, size = list(steps["step"]), list(contents.tables["tools"]["tool_group"]), len(steps) - 2
    sheet.widths(6, 34, 22, 18, 46, 16, 14, 16)
    sheet.head(["row", "step", "tool group", "category", "input", "amount per good unit", "price, USD", "USD per good unit"], LINE_STYLES)
    first = sheet.row + 1
    for line, usd in zip(contents.lines.lines, worth(contents), strict=True):
        unused = line.row > size
        group = groups[line.row - size - 1] if unused else str(steps["tool_group"].iloc[line.row])
        here, price = sheet.row + 1, None if line.at is None else contents.lines.prices[line.at]
        cost: Cell = line.amount if price is None or line.at is None else Formula(f"=F{here}*G{here}", usd)
        sheet.line([_number(line.row, size), str(names[size + 1 if unused else line.row]), group, contents.categories[line.category],
                    price.address if price is not None else "", line.amount if price is not None else None,
                    Formula(f"={prices[line.at]}", price.value) if price is not None and line.at is not None else None, cost],
                   LINE_STYLES)
    return first, max(sheet.row, first)


def _number(row: int, size: int) -> int:
    """What comes in is 0, steps are 1 and so on, unused capacity is the last."""
    return 0 if row == size else min(row, size) + 1


def cost_sheet(sheet: Sheet, contents: Contents, rows: tuple[int, int]) -> Places:
    """Step × category, what comes in first, from the lines in *rows* of their sheet."""
    made = _Adding(sheet, contents, rows)
    sheet.widths(5, 30, 12, 26, 20, *[11] * len(made.shown), 11, 8, 11, 10, 11, 13, 11)
    sheet.head([*HEAD, *(contents.categories[c].replace("_", " ") for c in made.shown), *TAIL],
               [*["text"] * len(HEAD), *["usd"] * (len(made.shown) + len(TAIL))], freeze=2)
    return made.all()


class _Adding:
    """The cost sheet under construction; *shown* are the categories that some line has."""

    def __init__(self, sheet: Sheet, contents: Contents, rows: tuple[int, int]) -> None:
        self.sheet, self.contents, self.rows = sheet, contents, rows
        self.table = contents.tables["cost_by_step"]
        self.size = len(self.table) - 2
        self.shown = sorted({line.category for line in contents.lines.lines})
        self.usd: dict[tuple[int, int], float] = {}
        for line, usd in zip(contents.lines.lines, worth(contents), strict=True):
            at = _number(line.row, self.size), line.category
            self.usd[at] = self.usd.get(at, 0.0) + usd
        self.total = len(HEAD) + len(self.shown)  # its column

    def column(self, after: int = 0) -> str:
        """The letter of the column of totals, or of one *after* it."""
        return str(xl_col_to_name(self.total + after))

    def all(self) -> Places:
        sheet, size = self.sheet, self.size
        first = sheet.row + 1
        last, direct_row = first + size, first + size + 1
        numbers = range(size + 2)
        totals = [sum(self.usd.get((n, c), 0.0) for c in self.shown) for n in numbers]
        direct, loaded = sum(totals[:-1]), sum(totals)
        yields = _yields(self.contents)
        for n, cumulative in zip(numbers[:-1], accumulate(totals[:-1]), strict=True):
            self._step(n, (first, direct_row, last), (totals[n], direct, cumulative), yields)
        self._sums("direct cost", f"{first}:{{0}}{last}", numbers[:-1], direct)
        self._step(size + 1, None, (totals[-1], loaded, loaded), yields)
        self._sums("fully loaded cost", f"{direct_row}:{{0}}{direct_row + 1}", numbers, loaded)
        self._shares(direct_row, direct)
        at = [Formula(f"={quoted(COST)}${self.column()}${row}", usd) for row, usd in ((direct_row, direct), (direct_row + 2, loaded))]
        return Places(*at)

    def _step(self, n: int, bounds: tuple[int, int, int] | None, usd: tuple[float, float, float], yields: Sequence[tuple[float, float]]) -> None:
        """The row of step *n*: what it is, its categories, and what follows from these; without *bounds* (unused capacity) no more than a total."""
        here, row = self.sheet.row + 1, self._of(n)
        start, end = (xl_col_to_name(len(HEAD) + i) for i in (0, len(self.shown) - 1))
        cells: list[Cell] = [n, *(str(self.table[name].iloc[row]) for name in ("step", "op", "process", "tool_group"))]
        cells += [self._cell(n, c, here) for c in self.shown]
        cells.append(Formula(f"=SUM({start}{here}:{end}{here})", usd[0]))
        styles = ["key", *["text"] * 4, *["usd"] * (len(self.shown) + 1)]
        if bounds is not None:
            cells += self._following(here, bounds, usd, yields, n)
            styles += ["share", "usd", "yield", "yield", "usd", "usd"]
        self.sheet.line(cells, styles)

    def _following(self, here: int, bounds: tuple[int, int, int], usd: tuple[float, float, float], yields: Sequence[tuple[float, float]],
                   n: int) -> list[Cell]:
        first, direct_row, last = bounds
        total, cumulative, kept, started = (self.column(i) for i in (0, 2, 4, 5))
        own, so_far = yields[n]
        spent = usd[2] * yields[-1][1]
        return [Formula(f"=IF({total}${direct_row}=0,0,{total}{here}/{total}${direct_row})", usd[0] / usd[1] if usd[1] else 0.0),
                Formula(f"=SUM({total}${first}:{total}{here})", usd[2]), own, so_far,
                Formula(f"={cumulative}{here}*{kept}${last}", spent),
                Formula(f'=IF({kept}{here}=0,"",{started}{here}/{kept}{here})', spent / so_far if so_far else float("nan"))]

    def _cell(self, n: int, category: int, here: int) -> Formula | None:
        """What a step costs in a category; nothing where no line is of both."""
        if (n, category) not in self.usd:
            return None
        first, last = self.rows
        usd, keys, names = (f"{quoted(LINES)}${letter}${first}:${letter}${last}" for letter in "HAD")
        name = self.contents.categories[category]
        return Formula(f'=SUMIFS({usd},{keys},$A{here},{names},"{name}")', self.usd[n, category])

    def _sums(self, what: str, span: str, numbers: Sequence[int], total: float) -> None:
        sums = [sum(self.usd.get((n, c), 0.0) for n in numbers) for c in self.shown]
        columns = [xl_col_to_name(len(HEAD) + i) for i in range(len(self.shown) + 1)]
        cells = [Formula(f"=SUM({letter}{span.format(letter)})", usd) for letter, usd in zip(columns, [*sums, total], strict=True)]
        self.sheet.line(["", what, "", "", "", *cells], ["sum"] * len(HEAD) + ["sum usd"] * len(cells))

    def _shares(self, direct_row: int, direct: float) -> None:
        """Shares of the direct cost by category."""
        columns = [xl_col_to_name(len(HEAD) + i) for i in range(len(self.shown) + 1)]
        sums = [sum(self.usd.get((n, c), 0.0) for n in range(self.size + 1)) for c in self.shown]
        total = self.column()
        cells = [Formula(f"=IF(${total}${direct_row}=0,0,{letter}{direct_row}/${total}${direct_row})", usd / direct if direct else 0.0)
                 for letter, usd in zip(columns, [*sums, direct], strict=True)]
        self.sheet.line(["", "share of the direct cost", "", "", "", *cells], ["text"] * len(HEAD) + ["share"] * len(cells))

    def _of(self, n: int) -> int:
        """The row of the table: there what comes in is the last but one."""
        return self.size if n == 0 else n - 1 if n <= self.size else n


def _yields(contents: Contents) -> list[tuple[float, float]]:
    """(step yield, cumulative yield) of what comes in and of every step."""
    table = contents.tables["yield_by_step"]
    return [(float(own), float(so_far)) for own, so_far in zip(table["step_yield"], table["cumulative_yield"], strict=True)]


