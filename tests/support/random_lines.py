"""Makes random small lines as text: what a recipe may say about a line, in any combination, with short runs and overloads too."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

Dict = dict[str, Any]
DURATIONS = st.sampled_from([0.01, 0.1, 0.3, 0.5, 1.0, 2.0, 7.0])
CHANCES = st.sampled_from([0.0, 0.3, 0.8, 0.95, 0.999, 1.0])


@st.composite
def times(draw: st.DrawFn) -> Any:
    """A number, or a law, of hours."""
    mean = draw(DURATIONS)
    return draw(st.sampled_from([mean, {"exponential": {"mean": mean}}, {"gamma": {"mean": mean, "cv": 2}}, {"uniform": {"low": 0, "high": mean}}]))


@st.composite
def tools(draw: st.DrawFn, panels: int) -> Dict:
    """One tool group."""
    tool: Dict = {"price_usd": draw(st.sampled_from([0, 1e5])), "operators": draw(st.sampled_from([0, 0.5])), "count": draw(st.integers(1, 3))}
    kind = draw(st.sampled_from(["one lot", "one lot", "batch", "in line", "unlike"]))
    if kind == "batch":
        most = panels * draw(st.integers(1, 3))
        tool["batch"] = {"min_panels": draw(st.integers(1, most)), "max_panels": most, "longest_wait_h": draw(DURATIONS)}
    if kind == "in line":
        tool["inline"] = {"panels": draw(st.integers(2, 5))}
    if kind == "unlike":
        tool["speeds"] = [0.5] * tool.pop("count") + [2.0]
    repairs = draw(st.sampled_from([{}, {}, {"crew": "crew"}]))
    for name in draw(st.sampled_from([(), ("f",), ("f", "g")])):
        tool.setdefault("failures", {})[name] = {
            "mtbf_h": draw(times()), "mttr_h": draw(times()), "clock": draw(st.sampled_from(["calendar", "busy"])),
            "work": draw(st.sampled_from(["resume", "scrap"])), **repairs}
    for what in draw(st.sampled_from([(), (), ("maintenance",), ("engineering",), ("maintenance", "engineering")])):
        tool[what] = {"m": {"takes_h": draw(times()), **repairs, **draw(st.sampled_from(
            [{"every_h": draw(DURATIONS)}, {"every_panels": 1}, {"every_panels": 7}]))}}
    for phase in draw(st.sampled_from([(), ("load_h",), ("load_h", "unload_h")])):
        tool[phase] = draw(times())
    if draw(st.booleans()):
        tool["setup"] = {"by": draw(st.sampled_from(["step", "product"])), "time_h": draw(times()), "min_run_lots": draw(st.integers(1, 3))}
    if draw(st.booleans()):
        tool["shift"] = draw(st.sampled_from(["day", "odd"]))
    if draw(st.booleans()):
        phases = ["setup", "load", "run"] + ([] if kind == "in line" else ["unload"])
        tool["attended"] = {"pool": "people", "during": draw(st.lists(st.sampled_from(phases), min_size=1, unique=True))}
    if draw(st.integers(0, 3)) == 0:
        tool["buffer_lots"] = draw(st.integers(1, 4))
    elif draw(st.integers(0, 3)) == 0:
        tool["dispatch"] = draw(st.sampled_from(["spt", "least_setup", "longest_remaining_work", "priority"]))
    if draw(st.booleans()):
        tool["practical_capacity"] = draw(st.sampled_from([0.05, 0.5, 1.0]))
    return tool


@st.composite
def steps(draw: st.DrawFn, number: int, names: list[str]) -> Dict:
    """One step, its process and, by chance, what it inspects, samples or does again."""
    per = draw(st.sampled_from(["", "per_panel", "per_lot"]))
    step: Dict = {"id": f"s{number}", "tool": draw(st.sampled_from(names)), "time_h": {per: draw(times())} if per else draw(times())}
    if draw(st.booleans()):
        step["yield"] = {"panel": draw(CHANCES), "unit": draw(CHANCES)}
    if draw(st.booleans()):
        step["consumes"] = {"paste": {"per_panel": 2}}
    kind = draw(st.sampled_from(["plain", "plain", "sample", "inspect", "rework"]))
    if kind == "sample":
        step["sample"] = draw(st.sampled_from([0.1, 0.5]))
    if kind == "inspect":
        step |= {"op": "inspect", "coverage": draw(CHANCES), "false_reject": draw(st.sampled_from([0, 0.1]))}
    if kind == "rework" and number > 0:
        step["rework"] = {"fails": draw(st.sampled_from([0.1, 0.9])), "to": f"s{draw(st.integers(0, number - 1))}", "limit": draw(st.integers(1, 2)),
                          "after_limit": draw(st.sampled_from(["scrap", "go_on"]))}
    return step


@st.composite
def releases(draw: st.DrawFn, count: int) -> Dict:
    """One stream of lots, or several."""
    found = {}
    for name in ["one", "two", "three"][: draw(st.integers(1, 3))]:
        often = draw(st.sampled_from([0.1, 0.5, 2.0, 7.0]))
        way: Dict = draw(st.sampled_from([{"conwip_lots": draw(st.integers(1, 6))}, {"every_h": often}, {"every_h": {"exponential": {"mean": often}}}]))
        if "every_h" in way:
            way |= {"lots_at_once": draw(st.integers(1, 3)), "when_full": draw(st.sampled_from(["wait", "lose"]))}
        if draw(st.integers(0, 2)) == 0:
            way["lots"] = draw(st.sampled_from([1, 7, 40, 200000]))
        if draw(st.booleans()):
            way["route"] = sorted(set(draw(st.lists(st.sampled_from([f"s{i}" for i in range(count)]), min_size=1, max_size=count))))
        found[name] = {**way, "priority": draw(st.integers(0, 2)), "product": draw(st.sampled_from([name, "same"]))}
    return found


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A recipe without a product, as JSON, which is YAML."""
    panels, count = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    names = ["t", "u", "v"][: draw(st.integers(1, count))]
    horizon = draw(st.sampled_from([3.0, 30.0, 100.0]))
    return json.dumps({
        "line": {
            "lot": {"panels": panels, "units_per_panel": draw(st.sampled_from([1, 10]))}, "releases": draw(releases(count)),
            "tools": {name: draw(tools(panels)) for name in names}, "transport_h": draw(st.sampled_from([0, 0.1])),
            "shifts": {"day": {"on_off_h": [8, 16], "at_end": draw(st.sampled_from(["suspend", "finish", "no_start"]))},
                       "odd": {"on_off_h": [1, 2, 3, 1], "starts": "off", "at_end": draw(st.sampled_from(["suspend", "finish"]))}},
            "operators": {"people": {"count": draw(st.integers(1, 2)), "shift": draw(st.sampled_from(["day", "odd"]))},
                          "crew": draw(st.integers(1, 2))}},
        "run": {"horizon_h": horizon, "warmup_h": horizon * draw(st.sampled_from([0.0, 0.1, 0.9])), "replications": draw(st.integers(1, 3)),
                "allow_overload": True},
        "economics": {"hours_per_year": 8000, "labour_usd_per_h": 20, "overhead": 0.1, "margin": draw(st.sampled_from([0, 0.2]))},
        "materials": {"paste": {"price_usd_per_g": 0.5, "density_g_cm3": 2}},
        "steps": [draw(steps(i, names)) for i in range(count)],
    })
