"""Makes lines of constant WIP as text: stations in a row, and all that a line may have besides."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lines import exponential

LAWS = {0.0: "{mean}", 0.25: "{{gamma: {{mean: {mean}, cv: 0.5}}}}", 1.0: "{{exponential: {{mean: {mean}}}}}",
        2.0: "{{gamma: {{mean: {mean}, cv: 1.4142135623730951}}}}"}
"""A time by its squared coefficient of variation."""
OVER_WARM_UP = 20
"""How many times its warm-up the horizon of a line is."""


def text(steps: Sequence[str], tools: str, release: str = "release: {conwip_lots: 6}", more: str = "", horizon: float = 6000) -> str:
    """A recipe of *steps*, each the text of one, without its id."""
    rows = "\n".join(f"  - {{id: s{i}, {step}}}" for i, step in enumerate(steps))
    return (f"line:\n  {release}\n{more}  tools: {{{tools}}}\nrun: {{horizon_h: {horizon}, warmup_h: {horizon / OVER_WARM_UP}, replications: 4, allow_overload: true}}\n"
            f"steps:\n{rows}\n")


@dataclass(frozen=True)
class Row:
    """Stations in a row: mean hours of each, *count* tools each, *scv* of their times, *lots* in the line, and failures (none, or by a clock)."""

    hours: tuple[float, ...]
    count: tuple[int, ...]
    scv: float
    lots: int
    failures: str = ""

    @property
    def name(self) -> str:
        """All of it in a line."""
        times = " ".join(f"{h:g}/{m}" for h, m in zip(self.hours, self.count, strict=True))
        return f"{times:32s} scv {self.scv:<5g} WIP {self.lots:<3d} {self.failures or '–':9s}"

    def recipe(self, visits: float = 0) -> str:
        """Long enough for about so many *visits*; lots whose times are constant go round in waves, whole rounds of which are counted."""
        fails = f", failures: {{f: {{mtbf_h: 18, mttr_h: 2, clock: {self.failures}}}}}" if self.failures else ""
        tools = ", ".join(f"t{i}: {{count: {m}{fails}}}" for i, m in enumerate(self.count))
        rate = min(self.lots / sum(self.hours), *(m / h for h, m in zip(self.hours, self.count, strict=True)))
        steps = [f"tool: t{i}, time_h: {LAWS[self.scv].format(mean=h)}" for i, h in enumerate(self.hours)]
        rounds = OVER_WARM_UP * sum(self.hours)
        horizon = rounds * math.ceil(max(visits / rate / len(self.hours), 100) / rounds)
        return text(steps, tools, f"release: {{conwip_lots: {self.lots}}}", horizon=horizon)


SHAPES = {1: [(1.0,)], 2: [(1, 1), (1, 2)], 3: [(1, 1, 1), (1, 1.5, 0.8)], 4: [(1, 1, 1, 1), (0.5, 1.2, 1, 0.7)], 5: [(1, 1, 1, 1, 1), (1, 1.5, 0.8, 1.2, 0.5)]}


def grid(stations: int) -> Iterator[Row]:
    """Balanced and unbalanced, one tool to three each and unlike numbers, little WIP and much, constant to more variable than exponential; where
    times are constant or exponential also with failures, by the clock of work and by the calendar."""
    tools = [(n,) * stations for n in (1, 2, 3)] + ([tuple((1, 2, 3, 2, 1)[:stations])] if stations > 1 else [])
    for shape, count, scv, lots, failures in itertools.product(SHAPES[stations], tools, LAWS, (1, 3, 8, 30), ("", "busy", "calendar")):
        if failures and scv in (0.25, 2.0):
            continue
        yield Row(tuple(h * m for h, m in zip(shape, count, strict=True)), count, scv, lots, failures)


A, B, C = (f"tool: {tool}, time_h: {exponential(mean)}" for tool, mean in (("a", 1), ("b", 0.8), ("c", 0.9)))
ABC = [A, B, C]
FIXED = ["tool: a, time_h: 1", "tool: b, time_h: 0.8", "tool: c, time_h: 0.9"]
PLAIN = "a: {}, b: {}, c: {}"
OVEN = "a: {}, c: {}, o: {count: %d, batch: {min_panels: %d, max_panels: %d%s}}"
LOADED = "m: {count: %d, load_min: {exponential: {mean: 5}}, attended: {pool: l, during: [load]}}"
ATTENDED = ["tool: m, time_min: {exponential: {mean: 50}}"]


def conwip(lots: int) -> str:
    return f"release: {{conwip_lots: {lots}}}"


OTHERS = {
    "the same tools again": text(["tool: a, time_h: 1", "tool: b, time_h: 1.3", "tool: a, time_h: 0.5", "tool: c, time_h: 1"], PLAIN),
    "the same tools again, unlike times": text([A, f"tool: b, time_h: {exponential(1.3)}", f"tool: a, time_h: {exponential(0.3)}", C], PLAIN),
    "rework by chance": text(["tool: a, time_h: 1", "tool: b, time_h: 1, rework: {chance: 0.3, to: s0, limit: 3}", "tool: c, time_h: 1.2"], PLAIN),
    "samples": text(["tool: a, time_h: 1", "tool: b, time_h: 2, sample: 0.4", "tool: c, time_h: 0.9"], PLAIN),
    "lots that are scrapped": text(["tool: a, time_h: 1", "tool: b, time_h: 1, rework: {chance: 0.3, limit: 0, after_limit: scrap}", C], PLAIN),
    "maintenance by the clock": text(FIXED, "a: {maintenance: {m: {every_h: 18, takes_h: 2}}}, b: {maintenance: {m: {every_h: 45, takes_h: 5}}}, c: {}"),
    "maintenance by panels": text(FIXED, "a: {maintenance: {m: {every_panels: 10, takes_h: 2}}}, b: {}, c: {}"),
    "long repairs, little WIP": text(FIXED, "a: {failures: {f: {mtbf_h: 180, mttr_h: 20}}}, b: {}, c: {failures: {f: {mtbf_h: 180, mttr_h: 20}}}",
                                     conwip(3), horizon=30000),
    "a lot alone, tools that fail idle": text(["tool: a, time_h: 1", "tool: b, time_h: 0.2"], "a: {}, b: {failures: {f: {mtbf_h: 45, mttr_h: 5}}}", conwip(1),
                                              horizon=30000),
    "transport by chance": text(ABC, PLAIN, more=f"  transport_min: {exponential(60)}\n"),
    "all in one shift": text(ABC, "a: {shift: d}, b: {shift: d}, c: {shift: d}", more="  shifts: {d: {on_off_h: [8, 16]}}\n"),
    "one in a shift": text(ABC, "a: {}, b: {}, c: {shift: d}", conwip(12), more="  shifts: {d: {on_off_h: [16, 8]}}\n"),
    "setups": text(["tool: a, time_h: 1", B, "tool: a, time_h: 0.3"], "a: {setup: {by: step, time_h: 0.3}}, b: {}"),
    "an in-line tool": text([A, "tool: b, time_h: {per_panel: 4}", C], "a: {}, b: {inline: {panels: 4}}, c: {}"),
    "full batches, little WIP": text([A, "tool: o, time_h: 4", C], OVEN % (1, 4, 4, ""), conwip(6)),
    "full batches": text([A, "tool: o, time_h: 5", C], OVEN % (2, 4, 4, ""), conwip(20)),
    "batches that grow": text([A, f"tool: o, time_h: {exponential(3)}", C], OVEN % (1, 1, 4, ""), conwip(8)),
    "batches with patience, twice": text([A, f"tool: o, time_h: {exponential(6)}", C, f"tool: o, time_h: {exponential(6)}"],
                                         OVEN % (3, 2, 6, ", longest_wait_h: 4"), conwip(30)),
    "batches of two sizes": text([A, "tool: o, time_h: 3", C, "tool: p, time_h: 5", A, "tool: o, time_h: 2"], (OVEN % (1, 2, 2, "")) +
                                 ", p: {batch: {min_panels: 4, max_panels: 4}}", conwip(12)),
    "operators who load": text(ATTENDED, LOADED % 8, conwip(20), "  operators: {l: 1}\n"),
    "operators who stand by": text([A, B, C], "a: {attended: {pool: l, during: [run]}}, b: {attended: {pool: l, during: [run]}}, c: {}",
                                   more="  operators: {l: 1}\n"),
    "two streams alike": text([A, "tool: b, time_h: 1"], "a: {}, b: {}", "releases: {A: {conwip_lots: 4}, B: {conwip_lots: 2}}"),
    "two streams that meet": text([A, "tool: b, time_h: 1", C], PLAIN, "releases: {A: {conwip_lots: 4, route: [s0, s1]}, B: {conwip_lots: 3, route: [s1, s2]}}"),
    "two streams apart": text([A, "tool: b, time_h: 1", C], PLAIN, "releases: {A: {conwip_lots: 3, route: [s0, s1]}, B: {conwip_lots: 1, route: [s2]}}"),
    "two streams, one longer": text([A, "tool: b, time_h: 1", f"tool: c, time_h: {exponential(4)}"], "a: {}, b: {}, c: {count: 2}",
                                    "releases: {A: {conwip_lots: 3, route: [s0, s1]}, B: {conwip_lots: 3}}"),
}
"""What a row of stations does not have, one thing at a time."""
