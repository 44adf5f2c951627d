"""Works out what setups take, and how many of them a rule that avoids setups leaves.

A lot's setup follows that of a lot of random kind: from i to j with chance p_i · p_j, p being the shares of kinds in what the group
takes (lots released at once stay together). That is exact for one tool with Poisson lots under first come, first served; where a tool
must run n lots before it changes, runs of kind i are taken to last n - 1 + 1 / (1 - p_i) lots, as they do on a busy tool (fewer lots and
more setups on one that often has no lot of its kind).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Bools, Floats
from procsim.planning.plan import Plan
from procsim.planning.shifts import Setup


@dataclass(frozen=True, slots=True)
class Changes:
    """Setup before a run of each tool group, (G,): mean *hours*, and their *variance*."""

    hours: Floats
    variance: Floats

    def kept(self, share: Floats) -> Changes:
        """Those of which only a *share* (G,) is left."""
        return Changes(self.hours * share, self.variance * share)


def changes(plan: Plan, lots: Floats, batch: Floats) -> Changes:
    """By chance: *lots* (P,) come to a position per lot started, *batch* (P,) of them in a run."""
    mean, second = np.zeros(len(plan.groups.names)), np.zeros(len(plan.groups.names))
    share = plan.route.share
    there = plan.route.reached * np.divide(lots, share, out=np.zeros_like(lots), where=share > 0)  # (R, P): visits of a lot of each release
    for g, law in enumerate(plan.groups.duty.setups):
        if law is not None:
            mean[g], second[g] = _of_group(law, *_kinds(plan, law, there, batch))
    return Changes(mean, second - mean**2)


def _kinds(plan: Plan, law: Setup, there: Floats, batch: Floats) -> tuple[float, Floats]:
    """Runs in all, and of each kind that tools are set up for how many follow others by chance, (K,)."""
    weight, parts, runs, ends = _weights(plan), plan.route.parts, 0.0, np.zeros(len(law.names))
    for r, row in enumerate(law.of):
        comes = there[r, law.positions] != 0
        for p, state in zip(law.positions[comes].tolist(), row[comes].tolist(), strict=True):
            runs += weight[r] * there[r, p] / batch[p]
            ends[state] += weight[r] * there[r, p] / batch[p] / (plan.streams[r].at_once * parts[p])
    return runs, ends


def _of_group(law: Setup, runs: float, ends: Floats) -> tuple[float, float]:
    """Mean hours of setup before a run, and mean of their squares."""
    mean, second, share = 0.0, 0.0, ends / (ends.sum() or 1.0)
    for a in range(len(share)):
        for b in range(len(share)):
            chance = ends[a] / (runs or 1.0) * share[b] / ((law.min_run - 1) * (1 - share[a]) + 1)
            one, two = law.hours(a, b)
            mean += chance * one
            second += chance * two
    return mean, second


def _weights(plan: Plan) -> Floats:
    """Lots of each release, relative to one another, (R,)."""
    clocked = np.array([s.at_once / s.interval.mean if s.interval is not None else 0.0 for s in plan.streams])
    return clocked if clocked.any() else plan.route.mix


def avoiding(plan: Plan) -> Bools:
    """Groups that change their setup less often the more they have to do, (G,)."""
    return np.array(["least_setup" in plan.discipline.rules(g) for g in range(len(plan.groups.names))], dtype=bool)


def left(plan: Plan, work: Floats, setup: Floats, room: Floats) -> Floats:
    """Share of setups by chance that are left, (G,), where the rule is least_setup: tools are at *work* and in *setup* for so many hours an hour,
    (G,), and *room* (G,) of them are up. A tool goes on with one kind until no more of it wait; with ever more work setups take no more than the time
    that it leaves (polling until empty: K setups in a cycle of Σ setups / (1 - ρ)). Of both limits a and b, 1 / (1/a + 1/b): an estimate."""
    spare, avoids = np.maximum(room - work, 0.0), avoiding(plan) & (setup > 0)
    return np.where(avoids, spare / np.where(avoids, spare + setup, 1.0), 1.0)
