"""Says in words and numbers what an answer is: five figures before and after, the cost by category, and the load of every tool group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from procsim.closed_form.capacity import resource_names
from procsim.experiments.choices import Worth
from procsim.experiments.points import Point
from procsim.maths.numerals import number
from procsim.pages.words import fixed, percent, several, short
from procsim.results.expected import totals
from procsim.serve.answer import Answer
from procsim.tables.money import by_category, without_dies

COST, GOOD, YIELD, TIME, LOAD = "cost_per_good_unit_loaded", "good_units_per_week", "yield", "cycle_time", "bottleneck_load"
NAMES = {COST: ("cost of a good package", "USD"), GOOD: ("good packages a week", ""), YIELD: ("yield", "%"), TIME: ("cycle time", "h"),
         LOAD: ("load of the bottleneck", "%")}
"""The five figures, each with its name and unit."""
MORE_IS_BETTER = frozenset({GOOD, YIELD})
NOTHING = 5e-7
"""A relative change below this cannot be seen in figures of four digits, and is shown as none."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the *base* and *now*, and the *change*, as texts; *better* says whether that is welcome, "" where there is none, or where the
    line is overloaded, which no saving makes good."""

    metric: str
    name: str
    unit: str
    base: str
    now: str
    change: str
    share: str
    better: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A bar of the base and one of now, in hundredths of the longest, with what is written beside them."""

    name: str
    base: float
    now: float
    texts: tuple[str, str, str]
    over: bool = False


def figures(answer: Answer) -> list[Figure]:
    """The five figures; those in money are left out where nothing costs anything."""
    base, now, judged = answer.base.figures(), answer.point.figures(), not answer.overloads
    return [_figure(metric, base[metric], now[metric], answer, judged and metric != LOAD) for metric in NAMES if metric in base and metric in now]


def _figure(metric: str, base: float, now: float, answer: Answer, judged: bool) -> Figure:
    name, unit = NAMES[metric]
    by = 100.0 if unit == "%" else 1.0
    change = by * (now - base)
    same = abs(now - base) <= NOTHING * max(abs(base), abs(now)) or not answer.shown.edited
    better = "" if same or math.isnan(change) or not judged else "better" if (change > 0) == (metric in MORE_IS_BETTER) else "worse"
    note = answer.point.bottleneck.replace("_", " ") if metric == LOAD else ""
    text = "0" if same else signed(metric, change)
    share = f"{signed('', 100 * (now / base - 1))} %" if base and not same and math.isfinite(now / base) and unit != "%" else ""
    return Figure(metric, name, unit, _value(metric, base, by), _value(metric, now, by), text, share, better, note)


def _value(metric: str, value: float, by: float = 1.0) -> str:
    """A figure as it is shown; a line that is overloaded has no cycle time."""
    if metric == GOOD and math.isfinite(value):
        return several(round(value))
    if math.isnan(value) and metric == TIME:
        return "no end"
    return number(by * value, 4)


def signed(metric: str, value: float) -> str:
    """A change with its sign: of a number of packages in whole ones."""
    if math.isnan(value):
        return "–"
    text = several(round(value)) if metric == GOOD and abs(value) >= 1 else number(value, 3)
    return ("+" if value > 0 else "") + text.replace("-", "−")


def sentence(answer: Answer, found: Sequence[Figure]) -> str:
    """The change in words."""
    first = found[0]
    if answer.state.edited and not answer.shown.edited:
        return "With these edits nothing can be built: the figures are those of the flow as it is."
    if not answer.shown.edited:
        return "Nothing is edited yet: change a number, a step or a method."
    if first.metric != COST:
        return "Without prices the cycle time comes first." if first.change != "0" else "The edits change nothing of the first figure."
    if first.change == "0":
        return "A good package costs as much as before."
    base, now = (point.figures()[COST] for point in (answer.base, answer.point))
    if not math.isfinite(now - base):
        return "No good package leaves the line: there is no cost of one."
    way = "more" if now > base else "less"
    why = "but the line is overloaded" if answer.overloads else f"{number(now, 4)} instead of {number(base, 4)} USD"
    return f"A good package costs {number(abs(now - base), 3)} USD {way}{',' if answer.overloads else ':'} {why}."


Split = dict[str, float]
"""What parts of a cost are, by name."""


class Costs:
    """The cost of points by category and by step, of which the last base is kept."""

    def __init__(self) -> None:
        self._base: tuple[Point, tuple[Split, Split]] | None = None

    def of(self, answer: Answer) -> tuple[tuple[Split, Split], tuple[Split, Split]]:
        """Before and now, each by category and by step."""
        if self._base is None or self._base[0] is not answer.base:
            self._base = answer.base, _split(answer.base)
        return self._base[1], self._base[1] if answer.point is answer.base else _split(answer.point)


def _split(point: Point) -> tuple[Split, Split]:
    found = [totals(point.plan, point.closed)]
    return _known(by_category(found)), _known(without_dies(point.plan, found))


def _known(split: Split) -> Split:
    return {name: usd for name, usd in split.items() if usd == usd}


def costs(answer: Answer, known: Costs) -> tuple[list[Pair], list[Pair]]:
    """The fully loaded cost by category, and that of every step without dies, the largest first."""
    if answer.base.plan.money.free or answer.point.plan.money.free:
        return [], []
    before, now = known.of(answer)
    return _paired(before[0], now[0]), _paired(before[1], now[1])


def _paired(one: Split, two: Split) -> list[Pair]:
    """What was, and is; what is no more stands among the rest."""
    two = two | dict.fromkeys(one.keys() - two.keys(), 0.0)
    longest = max([*map(abs, one.values()), *map(abs, two.values())], default=0.0) or 1.0
    rows = sorted(two, key=lambda name: (-max(one.get(name, 0.0), two[name]), name))
    return [Pair(name.replace("_", " "), 100 * max(one.get(name, 0.0), 0.0) / longest, 100 * max(two[name], 0.0) / longest,
                 (short(one.get(name, 0.0)), short(two[name]), _moved(two[name] - one.get(name, 0.0), longest))) for name in rows
            if abs(one.get(name, 0.0)) + abs(two[name]) > 1e-9]


def _moved(change: float, longest: float) -> str:
    return "" if abs(change) < NOTHING * longest else signed("", change)


def loads(answer: Answer) -> list[Pair]:
    """The load of every tool group and pool of operators, the highest first; a bar ends at 120 %."""
    one, two = (dict(zip(resource_names(point.plan), point.closed.loads.tolist(), strict=True)) for point in (answer.base, answer.point))
    counts = [_counts(point) for point in (answer.base, answer.point)]
    found = []
    for name in sorted(two, key=lambda name: -two[name]):
        was = one.get(name, math.nan)
        held = _held(counts[0].get(name), counts[1].get(name))
        moved = "" if not abs(two[name] - was) > 5e-4 else f"{signed('', 100 * (two[name] - was))}"
        found.append(Pair(name, _long(was), _long(two[name]), (held, percent(two[name], 3), moved), two[name] >= 1.0 - 1e-12))
    return found


LONGEST = 1.2


def _long(load: float) -> float:
    return 0.0 if math.isnan(load) else 100 * min(load, LONGEST) / LONGEST


def _counts(point: Point) -> dict[str, int]:
    groups = point.plan.groups
    pools = {f"operators {pool.name}": int(pool.count) for pool in groups.duty.pools}
    return {name: int(count) for name, count in zip(groups.names, groups.count.tolist(), strict=True)} | pools


def _held(before: int | None, after: int | None) -> str:
    """How many there are, and were."""
    if after is None:
        return ""
    return f"{after}" if before in (after, None) else f"{before} → {after}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A row of what the flow could be else: what it is (a *kind* and a *title*, of a what-if also the *name* of its file), what it comes to as texts,
    and the *address* of its page. The flow as it is has no kind."""

    kind: str
    title: str
    name: str
    loaded: str
    direct: str
    change: str
    share: str
    better: str
    good: str
    bottleneck: str
    load: str
    over: bool
    address: str


def chosen(one: Worth, base: Worth, title: str, address: str) -> Chosen:
    """*one* choice beside the flow as it is, the *base*."""
    change = one.loaded - base.loaded
    moved = math.isfinite(change) and abs(change) > NOTHING * abs(base.loaded)
    text = signed(COST, change) if moved else "–" if math.isnan(change) else "0"
    share = f"{signed('', 100 * change / base.loaded)} %" if moved and base.loaded else ""
    over = one.load >= 1.0 - 1e-12  # which no saving makes good
    better = ("better" if change < 0 else "worse") if moved and not over else ""
    name = one.choice.over.name if one.choice.over is not None else ""
    return Chosen(one.choice.kind, title, name, _usd(one.loaded), _usd(one.direct), text, share, better, number(100 * one.yield_, 4),
                  one.bottleneck.replace("_", " "), percent(one.load, 3), over, address)


def _usd(value: float) -> str:
    return number(value, 4) if math.isfinite(value) else "–"


def milliseconds(answer: Answer) -> str:
    """How long it took to work out."""
    return f"{fixed(1000 * answer.seconds, 0 if answer.seconds >= 0.01 else 1)} ms"
