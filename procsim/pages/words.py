"""Says numbers and names for people: rounded, in one number of decimals down a column, with units."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from procsim.maths.numerals import number
from procsim.model.units import unit_of
from procsim.pages.content import Cell, Column
from procsim.results.metrics import METRICS

PERCENT = frozenset({
    "share", "cumulative_share", "productive", "standby", "engineering", "scheduled_down", "unscheduled_down", "non_scheduled", "setup", "blocked",
    "utilisation", "expected_utilisation", "load", "expected_load", "load_with_one_more", "bottleneck_load", "oee", "availability",
    "availability_efficiency", "operational_efficiency", "rate_efficiency", "performance_efficiency", "quality_efficiency", "step_yield",
    "cumulative_yield", "yield_from", "yield_to", "share_of_cycle_time", "share_of_variance", "yield", "max_load"})
"""Columns that hold shares of 1."""
UNITS = (("_usd_per_good_unit", "USD per good unit"), ("_usd_per_week", "USD/week"), ("_usd_per_kg", "USD/kg"), ("_usd", "USD"),
         ("_per_panel", "per panel"), ("_lots_per_h", "lots/h"), ("_per_week", "per week"), ("_h", "h"), ("_ppm", "ppm"),
         ("_um", "µm"), ("_mm", "mm"))
"""Ends of a column's name, each with the unit that it names."""
OF_FIGURE = {one.name: one.unit for one in METRICS if one.unit != "1"}
"""Units of columns that are named as a figure is."""
HEADS = {"um": ("thickness", "µm"), "cm2_per_panel": ("area", "cm² per panel"), "cm3_per_panel": ("volume", "cm³ per panel"),
         "m_per_panel": ("cut", "m per panel"), "usd_per_week": ("cost", "USD/week"),
         **{f"{name}_usd": (name.replace("_", " "), "USD per good unit")
            for name in ("unused_capacity", "cost_of_ownership", "scrap_caused", "scrap_found", "one_off", "direct")}}
"""Columns whose head and unit do not stand in their name as people say them."""
SIGNS = {"1": "", "m2": "m²", "m3": "m³", "cm2": "cm²", "cm3": "cm³", "mm2": "mm²"}
"""What people write for a unit that a file has in plain letters."""
MIXED = frozenset({"amount", "value", "low", "high", "mid", "price_usd"})
"""Columns whose rows have units of their own: each number has its own decimals."""
OF_FIGURES = frozenset({"mean", "sd", "p05", "p25", "p50", "p75", "p95", "base", "edit", "before", "after", "best", "limit", "difference", "ci_low",
                        "ci_high", "expected", "closed_form", "edit_mean"})
"""The same of tables that hold a figure a row."""
ENDS = {"ci_low": "from", "ci_high": "to", "more_ci_low": "more, from", "more_ci_high": "more, to", "metric": "figure"}
FIGURES = frozenset({"metric", "figure"})
"""Columns that hold names of figures."""
NAMES = {"cost_per_good_unit_loaded": "cost of a good package, fully loaded", "cost_per_good_unit_direct": "cost of a good package, direct",
         "good_units_per_week": "good packages a week", "whatif": "base against edit",
         "bottleneck_load": "load of the bottleneck"}
"""Figures that people call otherwise."""


def column(name: str, values: Iterable[Any], mixed: bool = False) -> tuple[Column, list[Cell]]:
    """A column of a table with its cells: words as they are, shares in percent, other numbers with the same number of decimals, but where each row
    has a unit of its own (*mixed*)."""
    found = list(values)
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in found):
        words = ["" if value is None or value != value else _word(name, value) for value in found]
        return Column(_spaced(name)), [Cell(plain(word) if name in FIGURES else word) for word in words]
    if "." not in name and (is_share(name) or name.endswith(("_load", "_lost_share")) or name.startswith("load_")):
        digits = 2 if "yield" in name or "lost" in name else 1
        return Column(_spaced(name), "%", True), [Cell(fixed(100 * value, digits), _key(value)) for value in found]
    decimals = places(found)

    def written(value: float) -> str:
        if name in MIXED:
            return short(value)
        return significant(value) if mixed and name in OF_FIGURES else fixed(value, decimals)

    return Column(*_head(name), True), [Cell(written(value), _key(value)) for value in found]


def _word(name: str, value: object) -> str:
    """What stands in a cell of words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return SIGNS.get(str(value), str(value)) if name == "unit" else str(value)


def _head(name: str) -> tuple[str, str]:
    """The head of a column of numbers, and their unit: an address stays whole, and says its unit; other names end with theirs."""
    if "." in name:
        unit = unit_of(name)
        return name, "" if unit == "1" else unit
    if name in HEADS:
        return HEADS[name]
    end, unit = next(((end, unit) for end, unit in UNITS if name.endswith(end)), ("", OF_FIGURE.get(name, "")))
    return _spaced(name.removesuffix(end)) if end != "_per_week" or not name.startswith("good") else "good units", unit


def is_share(name: str) -> bool:
    """Whether a figure, or a column, of that name is a share of 1, which people say in percent."""
    return name in PERCENT or name.endswith("_yield") or name.startswith("cost_resting_on")


def _spaced(name: str) -> str:
    """*name* for people; an address stays as it is."""
    return ENDS.get(name, name if "." in name else name.replace("_", " "))


def _key(value: float) -> str:
    """What a number is sorted by."""
    return f"{value:.6g}" if value == value else ""


def places(values: Iterable[float], digits: int = 4) -> int:
    """Decimals with which the largest of *values* has so many significant digits; none where all are whole."""
    known = [abs(value) for value in values if value is not None and math.isfinite(value)]
    most = max(known, default=0.0)
    if most == 0 or all(value == int(value) for value in known):
        return 0
    return min(max(digits - 1 - math.floor(math.log10(most)), 0), 7)


def fixed(value: float, decimals: int) -> str:
    """*value* with so many *decimals* and thousands apart; '–' where there is none."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:,.{decimals}f}".replace(",", "\u202f")
    return text.replace("-", "−") if float(f"{value:.{decimals}f}") else text.lstrip("-")


def significant(value: float, digits: int = 4) -> str:
    """*value* with so many significant digits, all of which say how well it is known."""
    return number(value, digits).replace("-", "−")


def short(value: float, digits: int = 4) -> str:
    """*value*, which somebody wrote, with so many significant digits, without zeros that say nothing."""
    text = significant(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(value: float) -> str:
    """A change, with its sign."""
    return ("+" if value > 0 else "") + number(value, 3).replace("-", "−")


def several(value: float) -> str:
    """A number of things in a sentence: 1.19 million, 35 400."""
    if math.isfinite(value) and abs(value) >= 1e6:
        return f"{number(value / 1e6, 3)} million"
    return number(value, 3) if value != int(value) else f"{int(value):,}".replace(",", "\u202f")


def percent(share: float, digits: int = 3) -> str:
    """A share of 1 in percent: 79 %, 4.5 %."""
    return f"{number(100 * share, digits)} %"


def plain(name: str) -> str:
    """What people call a figure."""
    return NAMES.get(name, name.replace("_", " "))


def listed(words: Iterable[str]) -> str:
    """a, b and c."""
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else ""


def told(figure: str) -> str:
    """*figure* in the middle of a sentence."""
    name, _, more = plain(figure).partition(", ")
    return f"{name} ({more})" if more else name


def valued(figure: str, value: float, digits: int = 4) -> str:
    """*value* of a *figure*, with its unit where it has one."""
    if is_share(figure) or figure.endswith("load"):
        return percent(value, digits)
    return f"{number(value, digits)} {OF_FIGURE.get(figure, '')}".strip()
