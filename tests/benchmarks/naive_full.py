"""Simulates a line with all behaviours as SimPy's documentation would write it: the yardstick of ``bench.py`` for such lines.

A process per lot; a PriorityResource per tool group and the list of its idle machines; a breakdown interrupts the lot that is worked
on; a PriorityResource of operators, of whom a break claims each; ovens as processes that wait for news or for the longest wait.
Units and money are booked as in ``naive.py``, whose panels, losses and totals these are.
"""

from __future__ import annotations

import math
import random
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import naive  # beside this file
import simpy
import yaml

Events = Generator[simpy.Event, Any, None]
FIRST = -1
"""Priority of breakdowns, maintenance, shifts and breaks: before all lots."""


@dataclass(frozen=True, slots=True)
class Step:
    """*mu*, *sigma* of the logarithm of its hours (of one panel, where *per_panel*); chances and money as in ``naive.Step``."""

    name: str
    tool: str
    mu: float
    sigma: float
    per_panel: bool
    lost: float
    bad: float
    usd_per_panel: float
    usd_per_h: float
    coverage: float
    hidden: float
    rework: dict[str, Any] | None
    rework_only: bool


@dataclass(frozen=True, slots=True)
class Line:
    steps: tuple[Step, ...]
    tools: dict[str, dict[str, Any]]
    operators: dict[str, dict[str, Any]]
    shifts: dict[str, dict[str, Any]]
    releases: dict[str, dict[str, Any]]
    transport_h: float
    panels: int
    units: int
    warmup_h: float
    horizon_h: float


def read(path: Path) -> Line:
    """The line that the recipe *path* tells."""
    recipe = yaml.safe_load(path.read_text())
    line, economics, run = recipe["line"], recipe["economics"], recipe["run"]
    price_l = recipe["materials"]["chemistry"]["price_usd_per_l"]
    practical_h = economics["hours_per_year"] * economics["practical_capacity"] * economics["life_years"]
    steps = []
    for step in recipe["steps"]:
        law = step["time_h"].get("per_panel", step["time_h"])["lognormal"]
        variance = math.log1p(law["cv"] ** 2)
        survival = step.get("yield", {"panel": 1.0, "unit": 1.0})
        litres = step["consumes"]["chemistry"]["per_panel"] if "consumes" in step else 0.0
        coverage = step.get("coverage", 0.0)
        steps.append(Step(step["id"], step["tool"], math.log(law["mean"]) - variance / 2, math.sqrt(variance), "per_panel" in step["time_h"],
                          1 - survival["panel"], math.log2(survival["unit"]), litres * price_l, line["tools"][step["tool"]]["price_usd"] / practical_h,
                          coverage, math.log2(1 - coverage), step.get("rework"), step.get("rework_only", False)))
    return Line(tuple(steps), line["tools"], line["operators"], line["shifts"], line["releases"], line["transport_h"],
                line["lot"]["panels"], line["lot"]["units_per_panel"], run["warmup_h"], run["horizon_h"])


class Machine:
    """One tool: who works on it, what it is set up for, and the hours of work until it fails."""

    def __init__(self, env: simpy.Environment, number: int) -> None:
        self.number = number
        self.worker: simpy.Process | None = None
        self.mended = env.event()
        self.setup: str | None = None
        self.until_failure = math.inf


class Group:
    """A tool group: a queue by priority and its idle machines."""

    def __init__(self, model: Model, given: dict[str, Any]) -> None:
        self.model, self.env, self.given = model, model.env, given
        self.cells = given.get("inline", {}).get("panels", 1)
        self.load, self.unload = given.get("load_h", 0.0), given.get("unload_h", 0.0)
        attended = given.get("attended", {"pool": None, "during": []})
        self.loaders, self.attended = model.pools.get(attended["pool"]), attended["during"]
        self.setups = given.get("setup", {}).get("table_h")
        self.turns = simpy.PriorityResource(self.env, capacity=given["count"])
        self.machines = [Machine(self.env, number) for number in range(given["count"])]
        self.idle = list(self.machines)
        self.repair_h = 0.0
        for failure in given.get("failures", {}).values():
            self.repair_h = failure["mttr_h"]
            for machine in self.machines:
                if failure["clock"] == "busy":
                    self.fail_h = failure["mtbf_h"]
                    machine.until_failure = model.rng.expovariate(1 / self.fail_h)
                else:
                    self.env.process(self.breakdowns(machine, failure["mtbf_h"]))
        for upkeep in given.get("maintenance", {}).values():
            self.env.process(self.maintenance(upkeep["every_h"], upkeep["takes_h"]))
        if "shift" in given:
            for _ in self.machines:
                self.env.process(off_and_on(self.env, self.turns, *model.line.shifts[given["shift"]]["on_off_h"]))

    def pick(self, product: str) -> Machine:
        """The machine for a lot whose turn it is: one that is set up for it, else the first."""
        if self.setups is not None:
            for machine in self.idle:
                if machine.setup in (None, product):
                    self.idle.remove(machine)
                    return machine
        return self.idle.pop(0)

    def give_back(self, machine: Machine) -> None:
        self.idle.append(machine)
        self.idle.sort(key=lambda m: m.number)

    def attend(self, phase: str, hours: float) -> Events:
        """A phase of *hours*, with an operator where one is needed."""
        if phase in self.attended:
            with self.loaders.request(priority=0) as called:
                yield called
                yield self.env.timeout(hours)
        else:
            yield self.env.timeout(hours)

    def work(self, machine: Machine, hours: float) -> Events:
        """*hours* of work, which go on after each failure."""
        env = self.env
        while machine.until_failure < hours:
            hours -= machine.until_failure
            yield env.timeout(machine.until_failure)
            yield env.timeout(self.model.rng.expovariate(1 / self.repair_h))
            machine.until_failure = self.model.rng.expovariate(1 / self.fail_h)
        machine.until_failure -= hours
        machine.worker = env.active_process
        while hours > 0:
            start = env.now
            try:
                yield env.timeout(hours)
                hours = 0.0
            except simpy.Interrupt:
                hours -= env.now - start
                yield machine.mended
        machine.worker = None

    def breakdowns(self, machine: Machine, mtbf_h: float) -> Events:
        """By the calendar, at work or idle."""
        env, rng = self.env, self.model.rng
        while True:
            yield env.timeout(rng.expovariate(1 / mtbf_h))
            repair = env.timeout(rng.expovariate(1 / self.repair_h))
            if machine.worker is not None:
                machine.mended = env.event()
                machine.worker.interrupt()
                yield repair
                machine.mended.succeed()
            else:
                self.idle.remove(machine)
                with self.turns.request(priority=FIRST) as turn:
                    yield turn
                    yield repair
                    self.give_back(machine)

    def maintenance(self, every_h: float, takes_h: float) -> Events:
        """By the clock; it waits for the run in progress."""
        while True:
            due = self.env.timeout(every_h)
            yield due
            self.env.process(self.maintain(takes_h))

    def maintain(self, takes_h: float) -> Events:
        with self.turns.request(priority=FIRST) as turn:
            yield turn
            yield self.env.timeout(takes_h)


def off_and_on(env: simpy.Environment, resource: simpy.PriorityResource, on_h: float, off_h: float) -> Events:
    """One of a resource's places, in shifts: what is in it at the end is finished first."""
    while True:
        yield env.timeout(on_h)
        back = env.timeout(off_h)
        with resource.request(priority=FIRST) as turn:
            yield turn | back
            if not back.processed:
                yield back


class Ovens:
    """A batch tool group: lots of one step wait until enough of them, or one of them too long, for an oven."""

    def __init__(self, model: Model, given: dict[str, Any]) -> None:
        self.model, self.env = model, model.env
        batch = given["batch"]
        self.least, self.most, self.patience = batch["min_panels"], batch["max_panels"], batch["longest_wait_h"]
        self.waiting: dict[int, list[tuple[int, int, Lot]]] = {}
        self.turn = 0
        self.news = self.env.event()
        for _ in range(given["count"]):
            self.env.process(self.oven())

    def put(self, number: int, lot: Lot) -> simpy.Event:
        """*lot* waits for step *number*; the event is its being done."""
        self.turn += 1
        lot.arrived, lot.done = self.env.now, self.env.event()
        queue = self.waiting.setdefault(number, [])
        queue.append((lot.priority, self.turn, lot))
        queue.sort(key=lambda entry: entry[:2])
        self.tell()
        return lot.done

    def tell(self) -> None:
        self.news.succeed()
        self.news = self.env.event()

    def take(self) -> tuple[int, list[Lot]] | None:
        """The step and the lots of a run that may start now."""
        best = None
        for number, queue in self.waiting.items():
            panels, lots = 0, []
            for _, _, lot in queue:
                if panels + len(lot.panels) > self.most:
                    break
                panels += len(lot.panels)
                lots.append(lot)
            waited = lots and self.env.now - min(lot.arrived for lot in lots) >= self.patience - 1e-9
            if lots and (len(lots) < len(queue) or panels >= self.least or waited) and (best is None or queue[0][:2] < best[0]):
                best = (queue[0][:2], number, lots)
        if best is None:
            return None
        _, number, lots = best
        self.waiting[number] = self.waiting[number][len(lots):]
        return number, lots

    def oven(self) -> Events:
        env, rng = self.env, self.model.rng
        while True:
            run = self.take()
            while run is None:
                since = [lot.arrived for queue in self.waiting.values() for _, _, lot in queue]
                yield self.news | env.timeout(max(min(since) + self.patience - env.now, 0.0)) if since else self.news
                run = self.take()
            number, lots = run
            step, start = self.model.line.steps[number], env.now
            hours = rng.lognormvariate(step.mu, step.sigma)
            yield env.timeout(hours)
            panels = sum(len(lot.panels) for lot in lots)
            for lot in lots:
                lot.done.succeed((start, hours, len(lot.panels) / panels))


class Lot(naive.Lot):
    """A lot of a *product*, on its way with a *priority*."""

    def __init__(self, model: Model, product: str, priority: int) -> None:
        super().__init__(model)
        self.product, self.priority = product, priority
        self.arrived = 0.0
        self.done = model.env.event()

    def run(self) -> Events:
        """The lot's way through the line."""
        model, env = self.model, self.model.env
        steps, number, tries, place = model.line.steps, 0, {}, model.line.steps[0].tool
        while number < len(steps) and self.panels:
            step = steps[number]
            if step.rework_only and tries.get(step.name, 0) == 0:
                number += 1
                continue
            tries[step.name] = 0
            if step.tool != place:
                yield env.timeout(model.line.transport_h)
                place = step.tool
            arrived, group = env.now, model.groups[step.tool]
            if isinstance(group, Ovens):
                start, hours, share = yield group.put(number, self)
                model.visit(number, start - arrived, hours)
                self.pay(hours * share * step.usd_per_h + step.usd_per_panel * len(self.panels))
            else:
                yield from self.visit(number, step, group)
            self.suffer(number, step)
            if step.coverage:
                self.inspect(number, step)
            number += 1
            if step.rework is not None and self.panels and model.rng.random() < step.rework["chance"]:
                tries[step.name + "!"] = again = tries.get(step.name + "!", 0) + 1
                if again <= step.rework["limit"]:
                    for via in step.rework["via"]:
                        tries[via] = 1
                    number = model.numbers[step.rework["via"][0]]
                    tries["back to"] = model.numbers[step.rework["to"]]
                    continue
            if step.rework_only:
                number = tries["back to"]
        model.leave(self)

    def visit(self, number: int, step: Step, group: Group) -> Events:
        """A run of its own on a machine of *group*."""
        model, env = self.model, self.model.env
        arrived = env.now
        with group.turns.request(priority=self.priority) as turn:
            yield turn
            start = env.now
            machine = group.pick(self.product)
            hours = model.rng.lognormvariate(step.mu, step.sigma) * (len(self.panels) / group.cells if step.per_panel else 1)
            change = group.setups[machine.setup][self.product] if group.setups and machine.setup not in (None, self.product) else 0.0
            machine.setup = self.product
            if change:
                yield env.timeout(change)
            if group.load:
                yield from group.attend("load", group.load)
            yield from group.work(machine, hours)
            if group.unload:
                yield from group.attend("unload", group.unload)
            group.give_back(machine)
        tail = hours * group.cells / len(self.panels) * (1 - 1 / group.cells) if step.per_panel else 0.0
        if tail:
            yield env.timeout(tail)
        held = change + group.load + hours + group.unload
        model.visit(number, start - arrived, held + tail)
        self.pay(held * step.usd_per_h + step.usd_per_panel * len(self.panels))

    def suffer(self, number: int, step: Step) -> None:
        """As on the plain line, but that a step may be visited more than once."""
        latent = [panel.latent.pop(number, 0) for panel in self.panels]
        for panel, before in zip(self.panels, latent, strict=True):
            bad = naive.binomial(self.model.rng, panel.good, step.bad) if step.bad else 0
            panel.good -= bad
            if bad + before:
                panel.latent[number] = bad + before
        if step.lost:
            for panel in [panel for panel in self.panels if self.model.rng.random() < step.lost]:
                self.panels.remove(panel)
                self.panels_lost.append(number)
                self.lose(number, number, panel.good, found=False)
                for cause, units in panel.latent.items():
                    self.lose(cause, number, units, found=False)


class Model(naive.Model):
    """One replication."""

    def __init__(self, line: Line, seed: int) -> None:
        self.line = line
        self.env = simpy.Environment()
        self.rng = random.Random(seed)
        self.numbers = {step.name: number for number, step in enumerate(line.steps)}
        self.pools = {name: simpy.PriorityResource(self.env, capacity=pool["count"]) for name, pool in line.operators.items()}
        for name, pool in line.operators.items():
            for _ in range(pool["count"]):
                self.env.process(off_and_on(self.env, self.pools[name], *line.shifts[pool["shift"]]["on_off_h"]))
        self.groups = {name: (Ovens if "batch" in tool else Group)(self, tool) for name, tool in line.tools.items()}
        self.totals = naive.Totals(len(line.steps), busy_h=dict.fromkeys(line.tools, 0.0))

    def source(self) -> Events:
        for product, release in self.line.releases.items():
            self.env.process(self.stream(product, release["priority"], release["every_h"]["exponential"]["mean"]))
        yield self.env.timeout(0)

    def stream(self, product: str, priority: int, mean_h: float) -> Events:
        while True:
            self.env.process(Lot(self, product, priority).run())
            yield self.env.timeout(self.rng.expovariate(1 / mean_h))


def simulate(line: Line, seed: int) -> naive.Totals:
    """One replication of *line*."""
    return Model(line, seed).run()
