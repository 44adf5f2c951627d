"""Confirms the best few trials by simulation: on the same random numbers, until one is the best with a stated probability, or nobody can tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from procsim.costs.totals import Totals
from procsim.errors import InfeasibleError
from procsim.experiments.evaluate import SIMULATED
from procsim.experiments.replicate import Conditions, Harvest, gather
from procsim.experiments.search import Search
from procsim.experiments.trials import SIGNS, Cells, Goal, Limit, Trial
from procsim.maths.numerals import number
from procsim.maths.ranking import Race
from procsim.maths.statistics import Estimate
from procsim.planning.plan import Plan
from procsim.results import diagnostics
from procsim.results.metrics import METRICS, difference, estimate, named, own_metrics

GROUPS = 4
"""So many times the few are simulated at most, each time the next best, where none of the better ones does what is asked."""
APART = 0.05
"""Share of a range by which two points differ, at least, where nothing but ranges does."""
BEST, OPEN, BEATEN, ALIKE = "best", "cannot tell", "beaten", "cannot be told from the best"
KEPT, UNSURE, MISSED = "kept", "cannot tell", "missed"


@dataclass(frozen=True, slots=True)
class Ask:
    """How *few* are simulated, with how many replications each *first* and at *most*; what share of the figure does not matter (*indifference*), and
    by what *seed* (None: the flow's)."""

    few: int = 5
    first: int = 10
    most: int = 50
    indifference: float = 0.005
    seed: int | None = None
    deadline: float = math.inf


@dataclass(frozen=True, slots=True)
class Shown:
    """A *trial* with what simulation makes of its figure, *found*, by so many *replications*; how much more it has than the best, *apart*; the
    simulated figures that have *limits*, and whether these are *kept*; and a *verdict*."""

    trial: Trial
    found: Estimate
    apart: Estimate
    limits: dict[str, Estimate]
    kept: str
    replications: int
    verdict: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What simulation says of the best few, the best first; *best* is the one that is selected, None where nobody can tell, and *words* say how sure
    that is: with this *probability*, if it is better by *indifference* or more. Who *stopped* it, if anybody did: "interrupt" or "time". *refused*
    are the cells of those that do not do in simulation what is asked."""

    shown: tuple[Shown, ...] = ()
    best: Trial | None = None
    words: str = ""
    probability: float = math.nan
    indifference: float = math.nan
    stopped: str = ""
    refused: frozenset[Cells] = frozenset()


def simulates(goal: Goal, plan: Plan) -> bool:
    """Whether replications have the figure that is sought."""
    return goal.figure in {metric.name for metric in (*METRICS, *own_metrics(plan))}


def few(search: Search, count: int) -> list[Trial]:
    """The best trials that will do, each of them another choice: in a variable that has no range, or, where all have one, by a twentieth of it."""
    found: list[Trial] = []
    variables = search.space.variables
    listed = [n for n, one in enumerate(variables) if one.span is None]
    for trial in sorted((trial for trial in search.found.values() if trial.will_do), key=search.value):
        def other(one: Trial, trial: Trial = trial) -> bool:
            if listed:
                return any(one.cells[n] != trial.cells[n] for n in listed)
            return any(abs(v.share(a) - v.share(b)) >= APART for v, a, b in zip(variables, one.cells, trial.cells, strict=True))

        if all(other(one) for one in found):
            found.append(trial)
        if len(found) == count:
            break
    return found


class _Field:
    """Candidates that are simulated together."""

    def __init__(self, search: Search, trials: Sequence[Trial], ask: Ask, progress: Callable[[int], None]) -> None:
        self.goal, self.trials, self.ask, self.pool, self.progress = search.goal, list(trials), ask, search.pool, progress
        self.names = search.space.names
        self.plans: list[Plan] = []
        for trial in trials:
            plan = search.plan_of(trial)
            self.plans.append(replace(plan, seed=ask.seed if ask.seed is not None else search.flow.plan.seed))
        self.sign = -1.0 if self.goal.maximise else 1.0
        self.metric = {one.name: one for one in (*METRICS, *own_metrics(self.plans[0]))}[self.goal.figure]
        self.harvest = Harvest()

    def run(self, who: Sequence[int], replications: Sequence[int]) -> bool:
        """These replications of those candidates; whether all were done."""
        jobs = [(i, n) for n in replications for i in who]
        gather(self.plans, jobs, Conditions(deadline=self.ask.deadline), executor=self.pool, progress=self.progress, into=self.harvest)
        return not self.harvest.stopped

    def value(self, i: int, n: int) -> float:
        """The figure of one replication; smaller is better."""
        totals = self.harvest.totals[i, n]
        below = self.metric.below(totals)
        return self.sign * self.metric.above(totals) / below if below else math.nan

    def cells(self, some: Iterable[int]) -> frozenset[Cells]:
        """The cells of some candidates."""
        return frozenset(self.trials[i].cells for i in some)

    def totals(self, i: int) -> list[Totals]:
        return self.harvest.of(i)

    def refused(self, i: int) -> str:
        """Why a candidate is out after its first replications: its line stands still, or it is surely beyond a limit."""
        plan, totals = self.plans[i], self.totals(i)
        if stuck := diagnostics.blocked(plan, totals):
            return stuck
        if not all(math.isfinite(self.value(i, n)) for n in range(len(totals))):
            return f"{self.goal.figure} is not known of each replication"
        return "; ".join(f"misses {one}" for one, found in self.limits(i) if _kept(one, found) == MISSED)

    def kept(self, i: int) -> str:
        """Whether the limits that simulation knows are kept; "" where there are none."""
        told = {_kept(one, found) for one, found in self.limits(i)}
        return next((word for word in (MISSED, UNSURE, KEPT) if word in told), "")

    def unsure(self, i: int) -> str:
        """Of which limits simulation cannot tell whether they are kept, in words."""
        told = [f"{one} ({number(found.mean)}, from {number(found.low)} to {number(found.high)})" for one, found in self.limits(i)
                if _kept(one, found) == UNSURE]
        return f"; cannot tell whether it keeps {', '.join(told)}" if told else ""

    def limits(self, i: int) -> Iterator[tuple[Limit, Estimate]]:
        for one in self.goal.limits:
            if one.figure in SIMULATED:
                yield one, named(one.figure, self.totals(i), self.plans[i].confidence)


def _kept(limit: Limit, found: Estimate) -> str:
    """Whether a limit is kept, as far as the interval of its figure tells."""
    within = [SIGNS[limit.sign](end, limit.value) for end in (found.low, found.high) if math.isfinite(end)]
    if within and not any(within):
        return MISSED
    return KEPT if len(within) == 2 and all(within) else UNSURE


def confirm(search: Search, ask: Ask, progress: Callable[[int], None] = lambda _: None) -> Confirmed:
    """What simulation makes of the best few, or, where none of these does what is asked, of the next best. Raises InfeasibleError where none does."""
    trials = few(search, GROUPS * ask.few)
    field = _Field(search, trials, ask, progress)
    left, out = list[int](), dict[int, str]()
    while len(out) < len(trials) and not left:
        group = range(len(out), min(len(out) + ask.few, len(trials)))
        if not field.run(group, range(ask.first)):
            words = "stopped before the first replications of all were done: nothing is confirmed"
            return Confirmed(words=words, stopped=field.harvest.stopped, refused=field.cells(out))
        out |= {i: why for i in group if (why := field.refused(i))}
        left = [i for i in group if i not in out]
    if not left:
        raise InfeasibleError(_none(field, out))
    delta = ask.indifference * abs(trials[left[0]].figures[search.goal.figure]) or ask.indifference
    confidence = field.plans[0].confidence
    race = Race(np.array([[field.value(i, n) for i in left] for n in range(ask.first)]), delta, confidence)
    while not race.decided and race.rounds < ask.most:
        n = race.rounds
        if not field.run([left[k] for k in race.alive], [n]):
            break
        race.take({k: field.value(left[k], n) for k in race.alive})
    alive = [left[k] for k in race.alive]
    return replace(_verdicts(field, alive, left, out, delta, confidence), stopped=field.harvest.stopped, refused=field.cells(out))


def _none(field: _Field, out: dict[int, str]) -> str:
    """That nothing does in simulation what is asked, with what the best in closed form has there."""
    names = field.names
    said = ", ".join(f"{name}={cell}" for name, cell in zip(names, field.trials[0].cells, strict=True))
    missed = [(one.figure, known) for one, known in field.limits(0) if _kept(one, known) == MISSED]
    found = "".join(f"; {name} is {number(known.mean)} there, from {number(known.low)} to {number(known.high)}, not "
                    f"{number(field.trials[0].figures[name])} as in closed form" for name, known in missed)
    return f"none of the {len(out)} trials that were simulated does what is asked; the best in closed form, {said}: {out[0]}{found}"


def _verdicts(field: _Field, alive: Sequence[int], left: Sequence[int], out: dict[int, str], delta: float, confidence: float) -> Confirmed:
    """The table of all, and what can be said of the best."""
    best = min(alive, key=lambda i: field.sign * estimate(field.metric, field.totals(i), confidence).mean)
    best = _keeping(field, best, left, delta, confidence) if len(alive) == 1 else best
    rows = [_shown(field, i, best, out.get(i, "") or ("" if i not in alive or len(alive) == 1 else OPEN)) for i in sorted({*left, *out})]
    unit = f"{number(delta, 3)} {field.metric.unit.replace('1', '')}".strip()
    if len(alive) > 1:
        words = f"cannot tell which of {len(alive)} is best after {len(field.totals(best))} replications of each: allow more of them"
        return Confirmed(_ranked(field, rows), None, words, math.nan, delta)
    near = sum(row.verdict == ALIKE for row in rows)
    alike = f"; {near} cannot be told from it" if near else ""
    words = "the only one that does in simulation what is asked" if out else "the only one there is"
    if len(left) > 1:
        words = f"the best of {len(left)} with a probability of {100 * confidence:g} % at least, where it is better by {unit} or more{alike}"
    return Confirmed(_ranked(field, rows), field.trials[best], words + field.unsure(best), confidence if len(left) > 1 else math.nan, delta)


def _keeping(field: _Field, best: int, left: Sequence[int], delta: float, confidence: float) -> int:
    """*best*, or, where it may miss a limit, the first that surely keeps all of them and surely is worse by no more than matters, *delta*."""
    if field.kept(best) != UNSURE:
        return best
    for i in left:
        both = min(len(field.totals(i)), len(field.totals(best)))
        apart = difference(field.metric, field.totals(best)[:both], field.totals(i)[:both], confidence)
        if field.kept(i) == KEPT and max(field.sign * apart.low, field.sign * apart.high) <= delta:
            return i
    return best


def _ranked(field: _Field, rows: Sequence[Shown]) -> tuple[Shown, ...]:
    order = {BEST: 0, OPEN: 1, ALIKE: 2, BEATEN: 2}
    return tuple(sorted(rows, key=lambda row: (order.get(row.verdict, 3), field.sign * row.found.mean)))


def _shown(field: _Field, i: int, best: int, verdict: str) -> Shown:
    totals, other = field.totals(i), field.totals(best)
    confidence, both = field.plans[i].confidence, min(len(totals), len(other))
    apart = difference(field.metric, other[:both], totals[:both], confidence)
    said = verdict or (BEST if i == best else ALIKE if apart.low <= 0 <= apart.high else BEATEN)
    return Shown(field.trials[i], estimate(field.metric, totals, confidence), apart, {one.figure: found for one, found in field.limits(i)},
                 field.kept(i), len(totals), said)
