"""Simulates a line as SimPy's documentation would write it: one process per lot, one Resource per tool group.

The yardstick of ``bench.py``: idiomatic, not slowed down, and with the same books as procsim. Units and money are counted over
the lots that leave between warm-up and horizon, each with its whole history; visits, waiting and working between the two.
"""

from __future__ import annotations

import math
import random
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import simpy
import yaml


@dataclass(frozen=True, slots=True)
class Step:
    """*mu*, *sigma* of the logarithm of its hours; *bad* is log2 of a unit's chance to stay good; money in USD."""

    tool: str
    mu: float
    sigma: float
    lost: float
    bad: float
    usd_per_panel: float
    usd_per_h: float
    coverage: float
    hidden: float


@dataclass(frozen=True, slots=True)
class Line:
    steps: tuple[Step, ...]
    tools: dict[str, int]
    panels: int
    units: int
    interval_h: float
    warmup_h: float
    horizon_h: float


def read(path: Path) -> Line:
    """The line that the recipe *path* tells."""
    recipe = yaml.safe_load(path.read_text())
    economics, tools = recipe["economics"], recipe["line"]["tools"]
    price_l = recipe["materials"]["chemistry"]["price_usd_per_l"]
    practical_h = economics["hours_per_year"] * economics["practical_capacity"] * economics["life_years"]
    steps = []
    for step in recipe["steps"]:
        law = step["time_h"]["lognormal"]
        variance = math.log1p(law["cv"] ** 2)
        survival = step.get("yield", {"panel": 1.0, "unit": 1.0})
        litres = step["consumes"]["chemistry"]["per_panel"] if "consumes" in step else 0.0
        coverage = step.get("coverage", 0.0)
        steps.append(Step(step["tool"], math.log(law["mean"]) - variance / 2, math.sqrt(variance), 1 - survival["panel"],
                          math.log2(survival["unit"]), litres * price_l, tools[step["tool"]]["price_usd"] / practical_h,
                          coverage, math.log2(1 - coverage)))
    lot, run = recipe["line"]["lot"], recipe["run"]
    return Line(tuple(steps), {name: tool["count"] for name, tool in tools.items()}, lot["panels"], lot["units_per_panel"],
                recipe["line"]["release"]["every_h"]["exponential"]["mean"], run["warmup_h"], run["horizon_h"])


class Panel:
    """*good* units, *latent* bad ones by the step that caused them; the rest are known to be bad."""

    __slots__ = ("good", "latent")

    def __init__(self, units: int) -> None:
        self.good = units
        self.latent: dict[int, int] = {}


@dataclass(slots=True)
class Totals:
    """Where units and money went. By step: visits, waiting and working hours, units lost and money scrapped by cause, units found."""

    size: int
    lots_left: int = 0
    lots_finished: int = 0
    all_visits: int = 0
    units_started: int = 0
    good: int = 0
    escapes: int = 0
    removed: int = 0
    scrapped: int = 0
    cycle_h: float = 0.0
    wip_usd: float = 0.0
    wip_usd_before: float = 0.0
    charged: float = 0.0
    charged_to_left: float = 0.0
    value_good: float = 0.0
    value_escapes: float = 0.0
    value_scrap: float = 0.0
    busy_h: dict[str, float] = field(default_factory=dict)
    by_step: dict[str, list[float]] = field(init=False)

    def __post_init__(self) -> None:
        names = ("visits", "queue_h", "process_h", "units_lost", "found_bad", "scrap_caused", "scrap_found", "panels_lost")
        self.by_step = {name: [0.0] * self.size for name in names}

    def check(self) -> None:
        """Nothing may go missing."""
        assert self.units_started == self.good + self.escapes + self.removed + self.scrapped
        assert self.units_started == self.good + sum(self.by_step["units_lost"])
        assert math.isclose(self.charged_to_left, self.value_good + self.value_escapes + self.value_scrap, rel_tol=1e-9)
        assert math.isclose(self.charged, self.charged_to_left + self.wip_usd - self.wip_usd_before, rel_tol=1e-9)
        assert math.isclose(self.value_scrap, sum(self.by_step["scrap_caused"]), rel_tol=1e-9)


class Lot:
    """A lot's panels, its units not known to be bad (*live*), what it has cost, what a live unit is worth, and what it has lost."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.panels = [Panel(model.line.units) for _ in range(model.line.panels)]
        self.live = model.line.panels * model.line.units
        self.released = model.env.now
        self.spent = 0.0
        self.worth = 0.0
        self.gone: list[tuple[int, int, int, float, bool]] = []
        self.panels_lost: list[int] = []

    def run(self) -> Generator[simpy.Event, Any, None]:
        """The lot's way through the line."""
        model = self.model
        env, tools, rng = model.env, model.tools, model.rng
        for number, step in enumerate(model.line.steps):
            arrived = env.now
            with tools[step.tool].request() as turn:
                yield turn
                start = env.now
                hours = rng.lognormvariate(step.mu, step.sigma)
                yield env.timeout(hours)
            model.visit(number, start - arrived, hours)
            self.pay(hours * step.usd_per_h + step.usd_per_panel * len(self.panels))
            self.suffer(number, step)
            if step.coverage:
                self.inspect(number, step)
            if not self.panels:
                break
        model.leave(self)

    def pay(self, usd: float) -> None:
        """The live units share the cost of a visit."""
        self.spent += usd
        self.worth += usd / self.live
        self.model.charge(usd)

    def suffer(self, number: int, step: Step) -> None:
        """Units become bad, unseen; panels are lost whole."""
        rng = self.model.rng
        for panel in self.panels:
            if step.bad and (bad := binomial(rng, panel.good, step.bad)):
                panel.good -= bad
                panel.latent[number] = bad
        if step.lost:
            lost = [panel for panel in self.panels if rng.random() < step.lost]
            for panel in lost:
                self.panels.remove(panel)
                self.panels_lost.append(number)
                self.lose(number, number, panel.good, found=False)
                for cause, units in panel.latent.items():
                    self.lose(cause, number, units, found=False)

    def inspect(self, number: int, step: Step) -> None:
        """Bad units are found with the inspection's coverage; a panel without a live unit is taken out."""
        rng = self.model.rng
        for panel in self.panels:
            for cause, units in list(panel.latent.items()):
                found = binomial(rng, units, step.hidden)
                if not found:
                    continue
                if found < units:
                    panel.latent[cause] = units - found
                else:
                    del panel.latent[cause]
                self.lose(cause, number, found, found=True)
        dead = [panel for panel in self.panels if not (panel.good or panel.latent)]
        for panel in dead:
            self.panels.remove(panel)
            self.panels_lost.append(number)

    def lose(self, cause: int, at: int, units: int, *, found: bool) -> None:
        """*units* leave the live ones with what they are worth by now."""
        self.live -= units
        self.gone.append((cause, at, units, units * self.worth, found))


class Model:
    """One replication."""

    def __init__(self, line: Line, seed: int) -> None:
        self.line = line
        self.env = simpy.Environment()
        self.rng = random.Random(seed)
        self.tools = {name: simpy.Resource(self.env, capacity=count) for name, count in line.tools.items()}
        self.totals = Totals(len(line.steps), busy_h=dict.fromkeys(line.tools, 0.0))

    def source(self) -> Generator[simpy.Event, Any, None]:
        while True:
            self.env.process(Lot(self).run())
            yield self.env.timeout(self.rng.expovariate(1 / self.line.interval_h))

    def warm(self) -> Generator[simpy.Event, Any, None]:
        yield self.env.timeout(self.line.warmup_h)
        self.totals.wip_usd_before = self.totals.wip_usd

    def run(self) -> Totals:
        self.env.process(self.warm())
        self.env.process(self.source())
        self.env.run(until=self.line.horizon_h)
        self.totals.check()
        return self.totals

    def visit(self, number: int, waited: float, worked: float) -> None:
        totals = self.totals
        totals.all_visits += 1
        if self.env.now >= self.line.warmup_h:
            by_step = totals.by_step
            by_step["visits"][number] += 1
            by_step["queue_h"][number] += waited
            by_step["process_h"][number] += worked
            totals.busy_h[self.line.steps[number].tool] += worked

    def charge(self, usd: float) -> None:
        self.totals.wip_usd += usd
        if self.env.now >= self.line.warmup_h:
            self.totals.charged += usd

    def leave(self, lot: Lot) -> None:
        totals = self.totals
        totals.wip_usd -= lot.spent
        if self.env.now < self.line.warmup_h:
            return
        totals.lots_left += 1
        totals.units_started += self.line.panels * self.line.units
        totals.charged_to_left += lot.spent
        by_step = totals.by_step
        for cause, at, units, usd, found in lot.gone:
            by_step["units_lost"][cause] += units
            by_step["scrap_caused"][cause] += usd
            by_step["scrap_found"][at] += usd
            totals.value_scrap += usd
            if found:
                by_step["found_bad"][at] += units
                totals.removed += units
            else:
                totals.scrapped += units
        for number in lot.panels_lost:
            by_step["panels_lost"][number] += 1
        if not lot.panels:
            return
        totals.lots_finished += 1
        totals.cycle_h += self.env.now - lot.released
        for panel in lot.panels:
            totals.good += panel.good
            totals.value_good += panel.good * lot.worth
            for cause, units in panel.latent.items():
                totals.escapes += units
                totals.value_escapes += units * lot.worth
                by_step["units_lost"][cause] += units


def binomial(rng: random.Random, n: int, log2_stay: float) -> int:
    """How many of *n* change, each with chance 1 - 2^*log2_stay*: Devroye's waiting times, as in Python 3.12's binomialvariate."""
    found = place = 0
    while True:
        place += int(math.log2(1.0 - rng.random()) / log2_stay) + 1
        if place > n:
            return found
        found += 1


def simulate(line: Line, seed: int) -> Totals:
    """One replication of *line*."""
    return Model(line, seed).run()
