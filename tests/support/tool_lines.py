"""Holds texts of lines whose tools need more than work, one of which has all of it, and reads off the hours of their states."""

from __future__ import annotations

from procsim.costs.totals import Totals
from procsim.lots.records import NON_SCHEDULED, PRODUCTIVE, SCHEDULED, STANDBY, UNSCHEDULED


def states(totals: Totals) -> tuple[float, ...]:
    """Hours of the first group: productive, standby, scheduled down, unscheduled down, non-scheduled."""
    return tuple(round(float(totals.state_hours[0, i]), 9) for i in (PRODUCTIVE, STANDBY, SCHEDULED, UNSCHEDULED, NON_SCHEDULED))


TWO = "releases:\n  A: {every_h: %s, lots: %s}\n  B: {every_h: %s, lots: %s, first_at_h: %s}"


WORK = "  - {id: work, tool: t, time_h: 1}"


FULL = """\
    a: {count: 2, load_min: 6, unload_min: 3, attended: [{pool: loaders, during: [setup, load]}, {pool: others, during: [unload]}],
        setup: {by: product, time_min: {uniform: {low: 5, high: 25}}, min_run_lots: 2},
        failures: {f: {mtbf_h: 20, mttr_h: 2, crew: techs}}, maintenance: {m: {every_h: 50, takes_h: 3, crew: techs}}}
    b: {speeds: [1, 0.7, 0.5], shift: day, failures: {f: {mtbf_h: 8, mttr_h: 1, clock: busy, work: scrap, crew: techs}}}
    c: {count: 2, batch: {min_panels: 6, max_panels: 9, longest_wait_h: 4}, shift: night, setup: {by: step, time_h: 0.3},
        maintenance: {m: {every_panels: 40, takes_h: 1}}}
    d: {count: 2, inline: {panels: 5}, dispatch: priority, attended: {pool: loaders, during: [run]}}"""


FULL_STEPS = """\
  - {id: s1, tool: a, time_h: {per_panel: 0.25}, yield: {panel: 0.98, unit: 0.99}}
  - {id: s2, tool: b, time_min: {per_run: {lognormal: {mean: 20, cv: 0.5}}}}
  - {id: s3, tool: c, time_h: 2}
  - {id: look, op: inspect, tool: d, time_min: {per_panel: 15}, coverage: 0.8, false_reject: 0.01}
  - {id: s4, tool: a, time_h: 0.5}
  - {id: s5, tool: c, time_min: 40}"""


FULL_HEAD = """\
releases: {main: {every_h: 4}, hot: {every_h: 9, first_at_h: 3, priority: -1}}
shifts: {day: {on_off_h: [8, 1, 8, 7], at_end: finish}, night: {on_off_h: [2, 10], starts: off, at_end: no_start}, office: {on_off_h: [12, 12]}}
operators: {loaders: 2, others: {count: 1, shift: day}, techs: {count: 1, shift: office}}"""
