"""Holds texts of lines in which lots wait for one another, with an entry a line; one of them has all that may happen to lots that wait."""

from __future__ import annotations

PAIR = "- {id: s, tool: a, time_h: 1}\n- {id: r, tool: b, time_h: 3}"


THREE = "release: {every_h: 50, lots: 3, lots_at_once: 3}"


BUSY = """\
lot: {panels: 3}
transport_min: {exponential: {mean: 10}}
releases:
  main: {every_h: {exponential: {mean: 2.4}}, due_h: {uniform: {low: 20, high: 90}}, priority: 2}
  hot: {every_h: 9, first_at_h: 3, priority: 1, due_h: 30, when_full: lose}
"""


BUSY_TOOLS = """\
a: {count: 2, buffer_lots: 3, dispatch: edd, failures: {f: {mtbf_h: 20, mttr_h: 2}}, maintenance: {m: {every_h: 50, takes_h: 3}}}
b: {count: 2, dispatch: priority, preempt: true, failures: {f: {mtbf_h: 5, mttr_h: 1, clock: busy, work: scrap}}}
c: {count: 2, buffer_lots: 2, dispatch: critical_ratio, batch: {min_panels: 6, max_panels: 9, longest_wait_h: 4}}
d: {count: 1, buffer_lots: 2, inline: {panels: 5}, dispatch: spt, failures: {f: {mtbf_h: 30, mttr_h: 1}}}
e: {count: 3, dispatch: longest_remaining_work}
"""


BUSY_STEPS = """\
- {id: s1, tool: a, time_h: {per_panel: 1}}
- {id: s2, tool: b, time_h: {exponential: {mean: 2.5}}}
- {id: s3, tool: c, time_h: 2}
- {id: s4, tool: d, time_min: {per_panel: 15}}
- {id: s5, tool: e, time_h: 1, yield: {panel: 0.9}}
- {id: s6, tool: e, time_h: {uniform: {low: 0.5, high: 1.5}}, same_tool_as: s5}
- {id: s7, tool: d, time_min: {per_panel: 20}}
"""
