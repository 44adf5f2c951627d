"""Runs as many replications as a command asks for, as many as a precision takes, or as many as time allows."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from procsim.cli.prepare import wrong
from procsim.cli.show import MANNER, console, progress
from procsim.cli.stop import Stop
from procsim.closed_form.solve import ClosedForm
from procsim.costs.totals import Totals
from procsim.engine.engines import choice
from procsim.errors import InfeasibleError, StoppedError
from procsim.experiments.mean_values import told, unknown
from procsim.experiments.precision import Goal, goals_of, next_count
from procsim.experiments.replicate import Conditions, Harvest, gather
from procsim.experiments.threads import workers
from procsim.maths.numerals import number
from procsim.planning.plan import HOUR, Plan
from procsim.studies.run import chosen as with_options

VISITS_WORTH_PROCESSES = 150_000
"""Step visits above which starting processes pays."""
INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT."""


def chosen(plan: Plan, options: argparse.Namespace) -> Plan:
    """The plan with the command's seed and replications."""
    return with_options(plan, options.seed, options.replications)


@dataclass(frozen=True, slots=True)
class Work:
    """What was finished of each plan, and in *stopped* what cut it short: "time", "interrupt", or nothing."""

    totals: list[list[Totals]]
    stopped: str = ""

    @property
    def note(self) -> str:
        """What cut it short, for a warning."""
        return "interrupted" if self.stopped == "interrupt" else "time is up (--max-wall-s)"


def say_engine(plans: Sequence[Plan], runs: int, jobs: int) -> None:
    """What runs the line, and why, where ``-v`` asks for that."""
    if MANNER.get().verbose:
        name, why = choice(plans, runs, jobs)
        console(error=True).print(f"engine: {name}: {why}")


def until_stopped(harvest: Harvest, stop: Stop, work: Callable[[], object]) -> None:
    """Does *work*, out of which a stop may break at any moment: what is finished by then is in *harvest*."""
    try:
        with stop.may(stop.last):
            work()
    except KeyboardInterrupt:
        harvest.stopped = "interrupt"
    except StoppedError:
        harvest.stopped = "time"
    if stop.signal:
        harvest.stopped = "interrupt"


def finished(plans: Sequence[tuple[Plan, ClosedForm]], options: argparse.Namespace, paired: bool = False, spool: Path | None = None,
             events: Path | None = None) -> Work:
    """All replications of all plans, those of like number next to each other; *paired* drops what has no partner; the lots of the first
    go to the folder *spool*, and what happens in it to the file *events*.

    Raises InfeasibleError where time is up, and KeyboardInterrupt where the user interrupts, before some plan has a single one.
    """
    made = [plan for plan, _ in plans]
    counts = [1 if options.no_variability else plan.replications for plan in made]
    jobs = [(p, n) for n in range(max(counts)) for p in range(len(made)) if n < counts[p]]
    workers_wanted = _jobs(*plans[0], options, len(jobs))
    say_engine(made, len(jobs), workers_wanted)
    with progress(len(jobs), "replications") as bar, workers(made, len(jobs), workers_wanted) as pool:
        def news(count: int) -> None:
            if bar is not None:
                bar.advance(bar.task_ids[0], count)

        harvest, conditions = Harvest(), Conditions(not options.no_variability, options.stop.last, spool, events)
        until_stopped(harvest, options.stop, partial(gather, made, jobs, conditions, executor=pool, progress=news, into=harvest))
    if paired:
        harvest.keep_pairs()
    work = _kept(harvest, counts, options)
    return _told(plans, work) if options.no_variability else work


def _told(plans: Sequence[tuple[Plan, ClosedForm]], work: Work) -> Work:
    """*work* with mean values, without what mean values do not tell, and a warning of it."""
    without = [unknown(plan, closed) for plan, closed in plans]
    for warning in dict.fromkeys(text for one, (plan, _) in zip(without, plans, strict=True) for text in one.words(plan)):
        console(error=True).print(f"warning: {warning}")
    each = zip(plans, without, work.totals, strict=True)
    return replace(work, totals=[[told(plan, totals, one) for totals in own] for (plan, _), one, own in each])


def precise(plan: Plan, closed: ClosedForm, options: argparse.Namespace, spool: Path | None = None, events: Path | None = None) -> Work:
    """Replications of one plan, round by round, until every goal of ``--precision`` is met or --max-replications is reached."""
    goals = goals_of(plan, options.precision, not options.no_variability)
    most = options.max_replications
    if plan.replications > most:
        raise wrong(f"--max-replications {most} is less than the {plan.replications} replications that the run begins with")
    harvest, count, rounds = Harvest(), max(plan.replications, 2), 0
    workers_wanted = _jobs(plan, closed, options, count)
    say_engine([plan], count, workers_wanted)
    conditions = Conditions(deadline=options.stop.last, spool=spool, events=events)
    with progress(most, "replications") as bar, workers([plan], count, workers_wanted) as pool:
        def news(more: int) -> None:
            if bar is not None:
                bar.advance(bar.task_ids[0], more)

        while len(harvest.totals) < count and not harvest.stopped:
            rounds += 1
            jobs = [(0, n) for n in range(len(harvest.totals), count)]
            until_stopped(harvest, options.stop, partial(gather, [plan], jobs, conditions, executor=pool, progress=news, into=harvest))
            if not harvest.stopped:
                count = next_count(goals, harvest.of(0), most, plan.confidence)
    work = _kept(harvest, [count], options)
    _tell(plan, goals, work.totals[0], rounds, most)
    return work


def _tell(plan: Plan, goals: Sequence[Goal], totals: list[Totals], rounds: int, most: int) -> None:
    """What was reached, and with how many replications."""
    news = console(error=True)
    for goal in goals:
        reached = goal.half_width(totals, plan.confidence)
        effort = f"{len(totals)} replications in {rounds} round{'s' if rounds > 1 else ''}"
        text = f"{goal.metric} is known to ± {number(100 * reached, 2)} % after {effort}"
        if reached <= goal.share:
            news.print(f"{text}; {number(100 * goal.share, 2)} % was asked for")
        else:
            limit = "; --max-replications is reached" if len(totals) >= most else ""
            news.print(f"warning: {text}, which misses the {number(100 * goal.share, 2)} % asked for{limit}")


def _kept(harvest: Harvest, counts: Sequence[int], options: argparse.Namespace) -> Work:
    """What is there to report, and a warning where it is not all."""
    totals = [harvest.of(p) for p in range(len(counts))]
    work = Work(totals, harvest.stopped)
    if not harvest.stopped or [len(t) for t in totals] == list(counts):
        return replace(work, stopped="")
    if not all(totals):
        if harvest.stopped == "interrupt":
            raise KeyboardInterrupt
        raise InfeasibleError(f"no replication was finished within {options.max_wall_s:g} s: allow more time, or shorten run.horizon_h")
    done = " and ".join(f"{len(t)} of {n}" for t, n in zip(totals, counts, strict=True))
    console(error=True).print(f"warning: {work.note}: {done} replications were finished, and only they are reported")
    return work


def _jobs(plan: Plan, closed: ClosedForm, options: argparse.Namespace, runs: int) -> int:
    """Processes, or threads, to use: as asked, else as many as pay."""
    if options.jobs:
        return int(min(options.jobs, runs))
    visits = closed.starts.lots_per_h * plan.horizon_us / HOUR * len(plan.steps) * runs
    return min(os.cpu_count() or 1, runs) if visits > VISITS_WORTH_PROCESSES else 1
