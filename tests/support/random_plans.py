"""Makes small random recipes by number that together use all that a line can do; recipe n is the same one for ever.

For a strategy of hypothesis, take ``st.integers(0, 10**6).map(written)``. Which behaviours a run really had says ``behaviours.acted``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dice import Beat, Dice, mean_of
from random_groups import Scene, choose_duty, choose_kinds, tool_group
from random_wip import start_wip

from procsim.planning.make import make
from procsim.planning.plan import Plan
from procsim.recipe.load import load

Dict = dict[str, Any]
SWITCHES = ("batch", "guests", "inline", "stages", "setups", "speeds", "failures", "maintenance", "engineering", "crews", "operators", "shifts", "rules",
            "preempt", "dedication", "buffers", "conwip", "schedule", "streams", "together", "limits", "rework", "samples", "splits", "start_wip",
            "transport", "yields", "warmup", "ends")
"""What a line may have, each by the same chance, which differs from line to line."""


MORE_OR_LESS = {"buffers": 1.4, "inline": 1.4, "batch": 1.3, "rules": 1.2, "ends": 0.5, "splits": 0.4, "yields": 0.7, "schedule": 0.6}
"""What there is more of, since it seldom acts, and less of, since it leaves others out, or hides them."""


@dataclass(frozen=True)
class Written:
    """A recipe as *text*, the CSV *files* beside it, and how it is run: with *variable* draws, or with their means, as that *replication*."""

    text: str
    files: Mapping[str, str]
    variable: bool
    replication: int

    def plan(self) -> Plan:
        """The Plan that procsim makes of it."""
        with TemporaryDirectory() as folder:
            for name, text in {**self.files, "line.yaml": self.text}.items():
                (Path(folder) / name).write_text(text, encoding="utf-8")
            return make(load(Path(folder) / "line.yaml"))


def written(number: int) -> Written:
    """The recipe of that *number*."""
    dice = Dice(number)
    share = dice.pick([0.15, 0.4, 0.6])
    on = frozenset(switch for switch in SWITCHES if dice.chance(share * MORE_OR_LESS.get(switch, 1.0)))
    variable = dice.chance(0.88)
    scene = Scene(dice, Beat(dice, dice.pick(["hours", "hours", "minutes", "fine", "fine"])), on, dice.pick([1, 2, 2, 4]), _products(dice, on))
    choose_kinds(scene)
    _add_steps(scene)
    limits = {"queue_time_limits": _limits(scene)} if "limits" in on and len(scene.steps) > 1 else {}
    choose_duty(scene)
    tools = {name: tool_group(scene, name) for name in scene.kinds}
    files: dict[str, str] = {}
    releases, horizon = _releases(scene, tools, files)
    line = {"lot": {"panels": scene.panels, "units_per_panel": 10}, "releases": releases, **limits, "shifts": scene.shifts, "operators": scene.pools}
    if scene.acts("rules", 0.5):
        line["dispatch"] = dice.pick(["priority", "spt", "edd", "least_setup"])
        for tool in tools.values():
            tool.setdefault("dispatch", dice.pick(["fifo", line["dispatch"]]))
    if "transport" in on:
        line |= scene.time("transport", dice.pick([0.2, 0.5, 1]))
    if "start_wip" in on and "splits" not in on:
        line["start_wip"] = start_wip(scene, releases, tools, files)
    warmup = {f"warmup_{scene.beat.unit}": scene.beat.at(horizon / scene.beat.length * dice.pick([0.1, 0.5]))} if "warmup" in on else {}
    run = {f"horizon_{scene.beat.unit}": horizon, **warmup, "seed": dice.whole(0, 9), "allow_overload": True, **_learned(scene)}
    return Written(_text(line, tools, run, scene.steps), files, variable, number % 3)


def _text(line: Dict, tools: Dict, run: Dict, steps: list[Dict]) -> str:
    """A recipe with an entry a line, each written as JSON, which is YAML too."""
    rows = ["processes: {p: {can: {}}}", "line:", *(f"  {key}: {json.dumps(value)}" for key, value in line.items()), "  tools:",
            *(f"    {name}: {json.dumps(tool)}" for name, tool in tools.items()), f"run: {json.dumps(run)}", "steps:",
            *(f"  - {json.dumps(step)}" for step in steps)]
    return "\n".join(rows) + "\n"


def _products(dice: Dice, on: frozenset[str]) -> dict[str, str]:
    """The products of one release stream or several; the last one's is its own."""
    names = ["A", "B", "C"][: dice.whole(2, 3)] if on & {"streams", "guests"} else ["A"]
    return {name: dice.pick([name, "A"]) if name != names[-1] else name for name in names}


# steps ----------------------------------------------------------------------------------------------------------------


def _add_steps(scene: Scene) -> None:
    """The steps: their tools and times, and who comes to them, where to, and in which parts."""
    dice = scene.dice
    size = dice.whole(2, 8)
    split, merge = -1, size
    if "splits" in scene.on:
        split = dice.whole(0, size - 2)
        merge = dice.whole(split + 2, size) if size > split + 2 else size
        scene.parts = dice.pick([n for n in (2, 4, 2 * scene.panels) if scene.panels % n == 0 or n % scene.panels == 0])
    for s in range(size):
        tool = dice.pick(list(scene.kinds))
        time, mean = _time(scene, scene.kinds[tool])
        step: Dict = {"id": f"s{s}", "tool": tool, **time, **({"process": "p"} if dice.chance(0.3) else {})}
        if s in (split, merge):
            step |= {"split_lots": scene.parts} if s == split else {"merge_lots": True}
            scene.open |= {tool} if s == merge else set()
        elif scene.acts("samples", 0.3):
            step |= dice.pick([{"sample": 0.5}, {"sample": 0.9}, {"sample_every": 2}, {"sample_every": 3}])
        scene.region.append((s > split) + (s >= merge) if split >= 0 else 0)
        scene.steps.append(step)
        scene.means.append(mean)
        _tell_tool(scene, s)
        _quality(scene, step, s)
    _rework(scene, split, merge)


def _time(scene: Scene, kind: str) -> tuple[Dict, float]:
    """A step's time, and its mean for a whole lot, in the line's unit."""
    dice, law, panels = scene.dice, scene.beat.law, scene.panels
    beats = dice.pick([0.5, 1, 1, 2, 3])
    forms = [law(beats), {"per_lot": law(beats)}, {"per_panel": law(beats / panels)}, {"per_run": law(beats), "per_lot": law(beats / 4)},
             {"per_run": law(beats / 2), "per_panel": law(beats / panels)}, {"per_unit": scene.beat.length * beats / panels / 10}, {"per_panel": {"exponential": {"mean": beats / panels}, "each": True}}]
    form = forms[dice.pick([2, 4, 2, 0]) if kind == "inline" else dice.pick([0, 0, 1, 2, 3, 4, 5, 6 if scene.beat.fine else 0])]
    per = {"per_panel": panels, "per_unit": 10 * panels}
    named = form if isinstance(form, dict) and next(iter(form)).startswith("per_") else {"per_run": form}
    return {f"time_{scene.beat.unit}": form}, sum(mean_of(amount) * per.get(name, 1) for name, amount in named.items())


def _tell_tool(scene: Scene, s: int) -> None:
    """Lets step *s* return to the tool of an earlier one, where it may."""
    step = scene.steps[s]
    if "dedication" not in scene.on or scene.kinds[step["tool"]] == "batch":
        return
    able = [t for t in range(s) if scene.steps[t]["tool"] == step["tool"] and (scene.region[t] != 1 or scene.region[s] == 1)]
    if able and scene.dice.chance(0.8):
        step["same_tool_as"] = scene.steps[scene.dice.pick(able)]["id"]
        scene.count[step["tool"]] = max(scene.count[step["tool"]], 2)


def _quality(scene: Scene, step: Dict, s: int) -> None:
    """Panels and units that are lost, and looks that find bad ones: what is left of a lot takes other times."""
    dice = scene.dice
    if scene.acts("yields"):
        step["yield"] = dice.pick([{"panel": 0.9}, {"unit": 0.8}, {"panel": 0.7, "unit": 0.9}])
        if dice.chance(0.4):
            step["defects"] = {"per_unit_ppm": 300_000, "learning": dice.pick([{"floor": 0.1, "tau_weeks": 0.5}, {"per_doubling": 0.7, "first_units": 100}])}
    if s and scene.acts("yields", 0.4):
        step |= {"op": "inspect", "coverage": 0.8, "false_reject": 0.05, "retest": dice.whole(0, 1)}
        if dice.chance(0.5):
            step["repair"] = {"success": 0.7, "damage": 0.1, **scene.fixed("time", 0.05)}
    elif scene.acts("yields", 0.4):
        step["skip_known_bad"] = True


def _learned(scene: Scene) -> Dict:
    return {"start_week": 1, "units_before": 50} if scene.acts("yields", 0.3) else {}


def _rework(scene: Scene, split: int, merge: int) -> None:
    """Steps that send lots back, on one side of the border of a split, some of them by a step of its own."""
    dice, size = scene.dice, len(scene.steps)
    if "rework" not in scene.on:
        return
    via = {"via": ["strip"]} if split < 0 and dice.chance(0.5) else {}
    for s in sorted({dice.whole(0, size - 1) for _ in range(dice.whole(1, 2))}):
        able = [t for t in range(s + 1) if not any(t <= end <= s for end in (split, merge))]
        if able:
            scene.steps[s]["rework"] = {"chance": dice.pick([0.1, 0.3, 0.6]), "to": scene.steps[dice.pick(able[-3:])]["id"], **via,
                                        "limit": dice.whole(1, 2), "after_limit": dice.pick(["scrap", "go_on"])}
    if via:
        _add_strip(scene)


def _add_strip(scene: Scene) -> None:
    """A step that only lots on their way back visit."""
    time, mean = _time(scene, "one lot")
    scene.steps.append({"id": "strip", "tool": scene.dice.pick(list(scene.kinds)), **time, "rework_only": True})
    scene.means.append(mean)
    scene.region.append(0)


def _limits(scene: Scene) -> Dict:
    """Limits of queue time from one step to the next, short enough to be missed now and then."""
    dice, beat, found = scene.dice, scene.beat, {}
    main = [s for s, step in enumerate(scene.steps) if not step.get("rework_only")]
    pairs = [s for s in main[:-1] if scene.region[s] == scene.region[s + 1] and "split_lots" not in scene.steps[s]]
    for s in sorted({dice.pick(pairs) for _ in range(dice.whole(1, 3))}) if pairs else ():
        calm = scene.region[s] != 1
        action = dice.pick(["count", "scrap"] + (["rework", "rework"] if "splits" not in scene.on else [])) if calm else "count"
        way: Dict = {}
        if action == "rework":
            back = dice.pick([t for t in main if t <= s][-3:])
            way = {"rework": {"to": scene.steps[back]["id"], "limit": dice.whole(1, 2), "after_limit": dice.pick(["scrap", "go_on"])}}
            if any(step["id"] == "strip" for step in scene.steps) and dice.chance(0.5):
                way["rework"]["via"] = ["strip"]
                scene.open.add(scene.steps[-1]["tool"])
            scene.open.add(scene.steps[back]["tool"])
        found[f"q{s}"] = {"from": f"s{s}", "to": f"s{s + 1}", f"limit_{beat.unit}": beat.at(1) + beat.at(dice.pick([0.5, 1, 3])), "action": action, **way}
    return found


# releases -------------------------------------------------------------------------------------------------------------


def _releases(scene: Scene, tools: Dict, files: dict[str, str]) -> tuple[Dict, float]:
    """The release streams, so often that tools are busy, and a horizon at which some hundreds of visits have been made."""
    dice, beat = scene.dice, scene.beat
    loads = [sum(mean / _together(tools[name], scene.panels) for mean, step in zip(scene.means, scene.steps, strict=True) if step["tool"] == name)
             / scene.count[name] for name in scene.kinds]
    gap = max(loads) / dice.pick([0.6, 0.8, 0.95, 1.2])
    lots = max(dice.whole(100, 700) // (len(scene.steps) * scene.parts), 12)
    horizon = beat.at(max(lots * gap, 20 * beat.length) / beat.length)
    found: Dict = {}
    for i, (name, product) in enumerate(scene.products.items()):
        found[name] = _stream(scene, gap * len(scene.products) / beat.length, horizon, name) | {"priority": dice.whole(0, 2), "product": product}
        if i and "splits" not in scene.on and dice.chance(0.5):
            main = [step["id"] for step in scene.steps if not step.get("rework_only")]
            found[name]["route"] = dice.some(main, 0.7)
        if "rules" in scene.on or dice.chance(0.1):
            found[name] |= scene.time("due", 3 * len(scene.steps))
        if "buffer_lots" in tools[scene.steps[0]["tool"]] and "conwip_lots" not in found[name] and dice.chance(0.5):
            found[name]["when_full"] = "lose"
    _schedules(scene, found, files, horizon)
    return found, horizon


def _together(tool: Dict, panels: int) -> float:
    """Lots that a run of the tool has, about."""
    batch = tool.get("batch")
    return (batch["min_panels"] + batch["max_panels"]) / 2 / panels if batch else 1.0


def _stream(scene: Scene, beats: float, horizon: float, name: str) -> Dict:
    dice, beat = scene.dice, scene.beat
    if scene.acts("schedule"):
        return {"schedule": "lots.csv"}
    ends = {"lots": dice.whole(3, 40)} if "ends" in scene.on or dice.chance(0.1) else {}
    if scene.acts("conwip"):
        some = {"lots": dice.whole(30, 120)} if "yields" in scene.on else {}  # of a constant WIP without end thousands are drawn at once
        return {"conwip_lots": dice.whole(1, 6), **some, **ends}
    many = dice.whole(2, 4) if scene.acts("together") else 1
    gap = beats * many
    first = scene.fixed("first_at", dice.pick([1, 3])) if dice.chance(0.2) else {}
    return {f"every_{beat.unit}": beat.at(gap) if dice.chance(0.4) else beat.law(gap), "lots_at_once": many, **first, **ends}


def _schedules(scene: Scene, releases: Dict, files: dict[str, str], horizon: float) -> None:
    """Writes the dated lots of all streams that have a schedule into one file, or, of one, now and then into the recipe."""
    dice, beat, rows = scene.dice, scene.beat, []
    for name in (name for name, release in releases.items() if "schedule" in release):
        times = sorted(beat.at(horizon / beat.length * dice.whole(0, 90) / 100) for _ in range(dice.whole(3, 25)))
        rows += [(beat.hours(at), name, dice.whole(1, 3), dice.pick(["", "0", "1", "2"]), dice.pick(["", repr(beat.hours(at + beat.at(9)))]))
                 for at in times]
    if rows:
        files["lots.csv"] = "at_h,stream,lots,priority,due_h\n" + "".join(",".join(map(str, row)) + "\n" for row in sorted(rows))
