"""Makes a Plan of the same line at another pace."""

from __future__ import annotations

from dataclasses import replace

from procsim.planning.plan import Plan
from procsim.planning.scaled import Scaled


def paced(plan: Plan, pace: float) -> Plan:
    """*plan* with lots released *pace* times as fast, in the same mix and with the same variability; a constant WIP stays as it is."""
    return replace(plan, streams=tuple(
        replace(s, interval=Scaled(s.interval, 1 / pace)) if s.interval is not None else s for s in plan.streams))
