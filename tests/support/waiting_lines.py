"""Holds the small lines whose waiting in closed form is compared with theory, or with a run: one row of the table each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lines import exponential

from procsim.closed_form.solve import ClosedForm, solve
from procsim.costs.totals import STREAM, Totals
from procsim.maths import statistics
from procsim.maths.statistics import Estimate
from procsim.planning.plan import Plan
from procsim.results import metrics
from procsim.results.metrics import named

EXACT, NEAR, SHOWN = 0.02, 0.15, math.inf
"""How far the closed form may be from the exact value, or from the run (or 3 % of the time in the line); the last is only printed."""
LOTS = 40_000
"""Lots of a replication, about."""


@dataclass(frozen=True)
class Row:
    """*name* and *load* of a line of *tools* at which lots wait, as *text*; mean waiting of a lot of one *stream* (-1: of all), who works for *works*
    hours, is *exact* (nan: nobody knows), and must be met within *bound*. *hours* are the run's."""

    name: str
    tools: int
    load: float
    text: str
    exact: float = math.nan
    bound: float = SHOWN
    stream: int = -1
    works: float = 1.0
    replications: int = 6

    @property
    def id(self) -> str:
        return f"{self.name}, {self.tools} tools, load {self.load:g}" + (f", stream {self.stream + 1}" if self.stream >= 0 else "")

    def foreseen(self, plan: Plan) -> float:
        """In closed form."""
        closed: ClosedForm = solve(plan)
        return closed.time.wait_h if self.stream < 0 else float(closed.time.release_h[self.stream]) - self.works

    def found(self, totals: Sequence[Totals]) -> Estimate:
        """By a run."""
        if self.stream < 0:
            return named("waiting_time", totals, 0.95)
        cycle, lots = (metrics.series(totals, lambda t, name=name: t.by_stream[self.stream][STREAM.index(name)]) for name in ("cycle_h", "lots_finished"))
        one = statistics.ratio(cycle, lots)
        return Estimate(one.mean - self.works, one.low - self.works, one.high - self.works, one.se, one.n)


LAWS = {"M": "{exponential: {mean: %r}}", "D": "%r", "E": "{erlang: {mean: %r, k: 4}}", "U": "{uniform: {low: 0, high: %r}}",
        "G": "{gamma: {mean: %r, cv: 1.5}}"}
SCV = {"M": 1.0, "D": 0.0, "E": 0.25, "U": 1 / 3, "G": 2.25}


def law(kind: str, mean: float) -> str:
    return LAWS[kind] % (2 * mean if kind == "U" else mean)


def line(releases: str, tools: str, steps: str, interval: float, dispatch: str = "") -> str:
    """A recipe whose lots come every *interval* hours."""
    horizon = round(LOTS * interval)
    return (f"line:\n{f'  dispatch: {dispatch}' if dispatch else ''}\n  {releases}\n  tools: {{{tools}}}\n"
            f"run: {{horizon_h: {horizon}, warmup_h: {round(horizon / 20)}, replications: 6}}\nsteps:\n{steps}\n")


def station(arrive: str, serve: str, tools: int, load: float, more: str = "", release: str = "", mean: float = 1.0) -> str:
    """One step of *mean* hours on so many tools; *more* of the tool group, and of the *release*."""
    every = mean / (tools * load)
    return line(f"release: {{every_h: {law(arrive, every)}{release}}}", f"x: {{count: {tools}{more}}}", f"  - {{id: a, tool: x, time_h: {law(serve, mean)}}}",
                every)


def erlang(tools: int, load: float) -> float:
    """M/M/c: mean wait in times of service, by its chances."""
    a = tools * load
    full = a**tools / math.factorial(tools) / (1 - load)
    return full / (sum(a**n / math.factorial(n) for n in range(tools)) + full) / (tools * (1 - load))


def pollaczek(load: float, scv: float, te: float = 1.0) -> float:
    """M/G/1."""
    return (1 + scv) / 2 * load / (1 - load) * te


def in_bulks(load: float, scv: float, many: int) -> float:
    """M^[X]/G/1."""
    return (load * (1 + scv) + many - 1) / (2 * (1 - load))


def failing(load: float, fails: float, repair: float, scv: float, calendar: bool) -> float:
    """M/M/1 whose tool breaks down: a run takes 1/A on average; where it also fails as it stands idle, those that come meanwhile wait."""
    a = fails / (fails + repair)
    te = 1 / a
    ce = 1 + (1 + scv) * a * (1 - a) * repair
    return pollaczek(load * te, ce, te) + (calendar * (1 - a) * repair * (1 + scv) / 2)


def cobham(loads: Sequence[float], residual: float, k: int) -> float:
    """Class k of those that do not interrupt each other."""
    above = sum(loads[:k])
    return residual / ((1 - above) * (1 - above - loads[k]))


def _stations() -> list[Row]:
    rows = [Row("M/M/c", c, u, station("M", "M", c, u), erlang(c, u), EXACT) for c in (1, 2, 3, 4) for u in (0.3, 0.6, 0.8, 0.95)]
    rows += [Row(f"M/{kind}/1", 1, u, station("M", kind, 1, u), pollaczek(u, SCV[kind]), EXACT) for kind in "DEUG" for u in (0.3, 0.8, 0.95)]
    rows += [Row(f"M/{kind}/c", c, u, station("M", kind, c, u), bound=NEAR) for kind in "DEG" for c, u in ((2, 0.5), (2, 0.8), (4, 0.7), (4, 0.9))]
    rows += [Row(f"{arrive}/M/c", c, u, station(arrive, "M", c, u), bound=NEAR)
             for arrive in "DEU" for c, u in ((1, 0.6), (1, 0.9), (2, 0.7), (3, 0.8), (4, 0.9))]
    rows += [Row(f"{arrive}/{serve}/c", c, u, station(arrive, serve, c, u), bound=NEAR)
             for arrive, serve in ("EE", "UU", "GE", "EG", "GG") for c, u in ((1, 0.8), (2, 0.8), (4, 0.9))]
    rows += [Row(f"{arrive}/{serve}/c", c, u, station(arrive, serve, c, u)) for arrive, serve in ("DE", "UE", "ED", "GD") for c, u in ((1, 0.3), (1, 0.6), (2, 0.6), (3, 0.9))]
    return rows


def _bulks() -> list[Row]:
    def text(serve: str, tools: int, load: float, many: int) -> str:
        return station("M", serve, tools, load / many, release=f", lots_at_once: {many}").replace(f"horizon_h: {round(LOTS * many / tools / load)}", f"horizon_h: {round(LOTS / tools / load)}")
    rows = [Row(f"M^[{k}]/{kind}/1", 1, u, text(kind, 1, u, k), in_bulks(u, SCV[kind], k), EXACT)
            for k in (2, 5) for kind in "MD" for u in (0.3, 0.75, 0.9)]
    return rows + [Row(f"M^[{k}]/{kind}/c", c, u, text(kind, c, u, k)) for k, c in ((5, 2), (5, 4), (3, 4)) for kind in "MD" for u in (0.5, 0.8)]


def _outages() -> list[Row]:
    def fails(clock: str, law_: str) -> str:
        return f", failures: {{f: {{mtbf_h: {exponential(90.0)}, mttr_h: {law_}, clock: {clock}}}}}"
    rows = [Row(f"{clock} failures, repair {kind}", 1, u, station("M", "M", 1, u, fails(clock, law(kind, 10.0))),
                failing(u, 90, 10, SCV[kind], clock == "calendar"), EXACT) for clock in ("calendar", "busy") for kind in "ME" for u in (0.1, 0.5, 0.8)]
    rows += [Row(f"{clock} failures, repair M", c, u, station("M", "M", c, u, fails(clock, law("M", 10.0))))
             for clock in ("calendar", "busy") for c, u in ((2, 0.05), (2, 0.5), (2, 0.8), (3, 0.6), (4, 0.7))]
    rows += [Row("maintenance by the clock", c, u, station("M", "M", c, u, ", maintenance: {pm: {every_h: 90, takes_h: 10}}"))
             for c, u in ((1, 0.1), (1, 0.5), (1, 0.8), (2, 0.5), (2, 0.8), (4, 0.7), (4, 0.85))]
    rows += [Row("maintenance by panels", c, u, station("M", "M", c, u, ", maintenance: {pm: {every_panels: 10, takes_h: 2}}"))
             for c, u in ((1, 0.3), (1, 0.7), (2, 0.7))]
    return rows


def _streams() -> list[Row]:
    two = "releases: {one: {every_h: %s%s}, two: {every_h: %s%s}}"
    apart = line(two % (exponential(1.0), ", route: [a]", exponential(1.25), ", route: [b]"), "x: {}, y: {}", "  - {id: a, tool: x, time_h: 0.95}\n"
                 f"  - {{id: b, tool: y, time_h: {exponential(1.0)}}}", 0.5)
    rows = [Row("separate, M/D/1", 1, 0.95, apart, pollaczek(0.95, 0, 0.95), EXACT, 0, 0.95, 12), Row("separate, M/M/1", 1, 0.8, apart, 4.0, EXACT, 1, 1.0, 12)]
    for kinds in ("MM", "DM", "EM", "DD", "GM"):
        for c, u in ((1, 0.5), (1, 0.8), (3, 0.8)):
            every = 2 / (c * u)
            text = line(two % (law(kinds[0], every), "", law(kinds[1], every), ", first_at_h: 0.7"), f"x: {{count: {c}}}",
                        f"  - {{id: a, tool: x, time_h: {exponential(1.0)}}}", every / 2)
            rows += [Row(f"{kinds[0]} beside {kinds[1]}", c, u, text, erlang(c, u) if kinds == "MM" else math.nan, EXACT if kinds == "MM" else SHOWN, r) for r in (0, 1)]
    every = 1.5 / 0.8 * 2
    text = line(two % (exponential(every / 2), ", route: [a]", exponential(every / 2), ", route: [b]"), "x: {}", f"  - {{id: a, tool: x, time_h: 0.5}}\n  - {{id: b, tool: x, time_h: {exponential(1.0)}}}", every / 4)
    wait = (0.25 + 2.0) / (every / 2) / 2 / 0.2
    return [*rows, Row("short M beside long M", 1, 0.8, text, wait, EXACT, 0, 0.5), Row("short M beside long M", 1, 0.8, text, wait, EXACT, 1)]


def _rules() -> list[Row]:
    two = "releases: {hot: {every_h: %s, priority: 0}, std: {every_h: %s, priority: 1}}"
    rows = []
    for c, u, share, serve in ((1, 0.5, 0.5, "M"), (1, 0.8, 0.25, "M"), (1, 0.8, 0.25, "D"), (1, 0.9, 0.5, "E"), (2, 0.8, 0.25, "M"), (3, 0.9, 0.3, "M")):
        hot = u * share
        residual = erlang(c, u) * (1 - u) if c > 1 else u * (1 + SCV[serve]) / 2
        text = line(two % (exponential(1 / (c * hot)), exponential(1 / (c * (u - hot)))), f"x: {{count: {c}}}", f"  - {{id: a, tool: x, time_h: {law(serve, 1.0)}}}", 1 / c / u, "priority")
        rows += [Row(f"priority, {serve}", c, u, text, cobham((hot, u - hot), residual, r), EXACT, r) for r in (0, 1)]
        text = text.replace(f"count: {c}", f"count: {c}, preempt: true")
        if c == 1:
            top = hot * (1 + SCV[serve]) / 2 / (1 - hot)
            low = hot / (1 - hot) + u * (1 + SCV[serve]) / 2 / ((1 - hot) * (1 - u))
        else:
            top = erlang(c, hot)
            low = (u * erlang(c, u) - hot * top) / (u - hot)
        rows += [Row(f"preempt, {serve}", c, u, text, exact, EXACT, r) for r, exact in enumerate((top, low))]
    for kind in "DM":
        text = line(two % ("2.5", exponential(2.5)), "x: {}", f"  - {{id: a, tool: x, time_h: {law(kind, 1.0)}}}", 1.25, "priority")
        rows += [Row(f"priority, D beside M, {kind}", 1, 0.8, text, stream=r) for r in (0, 1)]
    rows += [Row(f"spt, {kind}", c, u, station("M", kind, c, u).replace("line:\n", "line:\n  dispatch: spt")) for kind in "MUD" for c, u in ((1, 0.5), (1, 0.8), (2, 0.8))]
    return rows


def _routes() -> list[Row]:
    rows = []
    for arrive, first, second in ("MMM", "MDM", "DMM", "MED", "EEE", "DEM", "MGM", "UUU"):
        for one, two in ((0.7, 0.7), (0.5, 0.8), (0.8, 0.5), (0.9, 0.9)):
            text = line(f"release: {{every_h: {law(arrive, 1.0)}}}", "x: {}, y: {}", f"  - {{id: a, tool: x, time_h: {law(first, one)}}}\n"
                        f"  - {{id: b, tool: y, time_h: {law(second, two)}}}", 1.0)
            rows.append(Row(f"tandem {arrive}→{first}→{second}, {one:g} then {two:g}", 1, max(one, two), text, bound=NEAR,
                            exact=pollaczek(one, 1, one) + pollaczek(two, 1, two) if arrive + first + second == "MMM" else math.nan))
    for arrive, serve, c in (("M", "E", 2), ("D", "M", 2), ("E", "E", 3), ("M", "M", 4)):
        for u in (0.6, 0.9):
            text = line(f"release: {{every_h: {law(arrive, 1.0)}}}", f"x: {{count: {c}}}, y: {{count: {c}}}, z: {{}}", "\n".join(
                f"  - {{id: {s}, tool: {t}, time_h: {law(serve, u * (c if t != 'z' else 1))}}}" for s, t in (("a", "x"), ("b", "y"), ("c", "z"))), 1.0)
            rows.append(Row(f"three groups {arrive}→{serve}", c, u, text, bound=NEAR))
    for arrive, serve in ("MM", "DM", "ME", "DE"):
        text = line(f"release: {{every_h: {law(arrive, 2.5)}}}", "x: {}, y: {}", "\n".join(
            f"  - {{id: s{i}, tool: {t}, time_h: {law(serve, 1.0)}}}" for i, t in enumerate("xyxy")), 2.5)
        rows.append(Row(f"re-entrant {arrive}→{serve}", 1, 0.8, text, exact=16.0 if arrive + serve == "MM" else math.nan, bound=SHOWN))
    text = line(f"release: {{every_h: {exponential(2.0)}}}", "x: {}, y: {}", f"  - {{id: a, tool: x, time_h: {exponential(1.0)}}}\n"
                f"  - {{id: b, tool: y, time_h: {exponential(1.0)}, rework: {{chance: 0.25, to: a, limit: 20}}}}", 2.0)
    rows.append(Row("rework", 1, 0.67, text, 2 * 4 / 3 * erlang(1, 2 / 3), SHOWN))
    text = line("release: {every_h: 1}", "x: {}, y: {}, z: {}", f"  - {{id: a, tool: x, time_h: {law('E', 0.8)}}}\n  - {{id: b, tool: y, time_h: {exponential(1.6)}, sample: 0.5}}\n"
                f"  - {{id: c, tool: z, time_h: {law('E', 0.8)}}}", 1.0)
    rows.append(Row("sampled", 1, 0.8, text))
    rows.append(Row("sampled by number", 1, 0.8, text.replace("sample: 0.5", "sample_every: 2")))
    for order in ("ab", "ba"):
        two = f"releases: {{one: {{every_h: 2, route: [a, c]}}, two: {{every_h: {exponential(2.0)}, route: [b, c]}}}}"
        steps = {"a": f"  - {{id: a, tool: x, time_h: {law('E', 1.6)}}}\n", "b": f"  - {{id: b, tool: y, time_h: {exponential(1.6)}}}\n"}
        text = line(two, "x: {}, y: {}, z: {}", steps[order[0]] + steps[order[1]] + f"  - {{id: c, tool: z, time_h: {law('E', 0.8)}}}", 1.0)
        rows += [Row(f"two routes meet, {order[0]} first", 1, 0.8, text, stream=r, works=2.4) for r in (0, 1)]
    return rows


def _batches() -> list[Row]:
    rows = []
    for least, most, c, u in ((4, 4, 1, 0.7), (1, 4, 1, 0.7), (2, 6, 2, 0.8), (4, 4, 2, 0.5), (1, 8, 1, 0.3)):
        for serve in "MD":
            every = 1 / (u * most * c)
            batch = f", batch: {{min_panels: {least}, max_panels: {most}}}"
            text = line(f"release: {{every_h: {exponential(every)}}}", f"x: {{count: {c}{batch}}}", f"  - {{id: a, tool: x, time_h: {law(serve, 1.0)}}}", every)
            rows.append(Row(f"batches of {least} to {most}, {serve}", c, u, text))
    for first in "MD":
        for u in (0.5, 0.8):
            text = line(f"release: {{every_h: {exponential(0.25)}}}", "x: {count: 2, batch: {min_panels: 4, max_panels: 4}}, y: {}", f"  - {{id: a, tool: x, time_h: {law(first, 1.0)}}}\n"
                        f"  - {{id: b, tool: y, time_h: {law('E', 0.25 * u)}}}", 0.25)
            rows.append(Row(f"batches of 4, {first}, then a tool", 1, u, text))
            text = text.replace("y: {}", "y: {batch: {min_panels: 4, max_panels: 4}}").replace(law("E", 0.25 * u), law("E", u))
            rows.append(Row(f"batches of 4, {first}, then batches of 4", 1, u, text))
    for u in (0.5, 0.8):
        text = line(f"release: {{every_h: {exponential(5.0)}, lots_at_once: 5}}", "x: {count: 5}, y: {}", f"  - {{id: a, tool: x, time_h: 1}}\n  - {{id: b, tool: y, time_h: {law('M', u)}}}", 1.0)
        rows.append(Row("bulk of 5 through five regular tools", 1, u, text))
        rows.append(Row("bulk of 5 through five tools", 5, u, text.replace("time_h: 1}", f"time_h: {law('E', 2.0)}}}")))
        rows.append(Row("bulk of 5 through a tool", 1, u, text.replace("x: {count: 5}", "x: {}").replace("time_h: 1}", f"time_h: {law('E', u)}}}")))
    return rows


ROWS = [*_stations(), *_bulks(), *_outages(), *_streams(), *_rules(), *_routes(), *_batches()]
