"""Makes the release streams of a recipe: when lots start, what they are, and when they are due."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from procsim.errors import RecipeError
from procsim.maths.distributions import Constant, Distribution, Exponential
from procsim.maths.keyed_random import key_of
from procsim.model.amounts import law_of
from procsim.model.durations import LONGEST_H, LONGEST_US, in_unit
from procsim.model.line import Release
from procsim.planning.clocks import too_often
from procsim.planning.plan import HOUR
from procsim.planning.scaled import Scaled
from procsim.planning.traffic import Schedule, Stream
from procsim.recipe.recipe import Recipe


def make_stream(recipe: Recipe, name: str, release: Release) -> Stream:
    """The Stream of the *release* that stands under *name*; of good units it is as fast as if there were one on a panel, until that is settled.
    Raises RecipeError where its lots would come at no time that the clock holds."""
    panels = recipe.document.line.lot.panels
    schedule = _schedule_of(release)
    every, first = in_unit(release, "every"), in_unit(release, "first_at") or (0.0, 1)
    interval: Distribution | None = None
    if every is not None:
        interval = Scaled(law_of(every[0]), every[1])
    elif schedule is not None:  # its mean rate up to the horizon is what the closed form reads
        horizon = recipe.document.run.window_us[1]
        interval = Constant(horizon / max(int((schedule.at_us < horizon).sum()), 1))
        first = (int(schedule.at_us[0]), 1)
    elif release.conwip_lots is None:
        lots = release.lots_per_week or (release.panels_per_week or release.good_units_per_week or 0.0) / panels
        mean = 168.0 * release.lots_at_once / lots
        interval = Scaled(Exponential(mean) if release.pattern == "exponential" else Constant(mean), HOUR)
    if interval is not None and release.good_units_per_week is None:
        check_interval(recipe, name, release, interval.mean)
    count = min(release.lots or len(schedule.at_us), len(schedule.at_us)) if schedule is not None else release.lots or 0
    return Stream(name, interval, round(first[0] * first[1]), count, release.lots_at_once, release.conwip_lots or 0,
                  release.priority, key_of("release", name), release.product or name, _due_of(release), schedule, release.when_full == "lose")


def check_interval(recipe: Recipe, name: str, release: Release, mean_us: float) -> None:
    """Raises RecipeError where lots come all at once, for ever, or at no time that the clock holds."""
    address = address_of(recipe, name)
    place = recipe.place(address)
    fault = ""
    if not mean_us >= 1.0:
        fault = "lots must not start at once without end: the interval must be > 0 on average, a microsecond at least"
    elif mean_us > LONGEST_US:
        fault = f"a release every {mean_us / HOUR:.4g} h is longer than the clock holds, {LONGEST_H:.4g} h"
    elif not release.lots and (often := too_often(mean_us, recipe)):
        fault = f"a release every {mean_us / HOUR:.4g} h {often}"
    if fault:
        raise RecipeError.at(place, fault, address)


def _due_of(release: Release) -> Scaled | None:
    """The law of the time that a lot is allowed, in µs."""
    given = in_unit(release, "due")
    return Scaled(law_of(given[0]), given[1]) if given is not None else None


def _schedule_of(release: Release) -> Schedule | None:
    """The lots of a schedule, one by one, in order of their start (and as written, where they start together)."""
    if release.schedule is None:
        return None
    rows = sorted(release.schedule, key=lambda row: row.at_h)
    times = np.repeat([round(row.at_h * HOUR) for row in rows], [row.lots for row in rows])
    priority = np.repeat([release.priority if row.priority is None else row.priority for row in rows], [row.lots for row in rows])
    due = np.repeat([-1 if row.due_h is None else round(row.due_h * HOUR) for row in rows], [row.lots for row in rows])
    return Schedule(times.astype(np.int64), priority.astype(np.int64), due.astype(np.int64))


def address_of(recipe: Recipe, stream: str) -> str:
    """Where the release stream *stream* is written."""
    return "line.release" if recipe.document.line.release is not None else f"line.releases.{stream}"


def shares(streams: Sequence[Stream]) -> list[float]:
    """Share of each stream in all lots released; a constant WIP counts by its lots."""
    rates = [s.at_once / s.interval.mean if s.interval is not None else float(s.conwip) for s in streams]
    return [rate / sum(rates) for rate in rates]


def lots_per_h(streams: Sequence[Stream]) -> float:
    """Lots released by the clock per hour."""
    return sum(s.at_once * HOUR / s.interval.mean for s in streams if s.interval is not None)
