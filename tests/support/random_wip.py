"""Makes the lots that are in a small random line at time 0: in queues, in tools, on their way, some of them back for another pass."""

from __future__ import annotations

from typing import Any

from random_groups import Scene

Dict = dict[str, Any]


def start_wip(scene: Scene, releases: Dict, tools: Dict, files: dict[str, str]) -> Any:
    """A few lots as a list, or the name of a file of them."""
    dice, taken, found = scene.dice, set[tuple[str, int]](), []
    for _ in range(dice.whole(1, 8)):
        stream = dice.pick(list(releases))
        route = releases[stream].get("route", [step["id"] for step in scene.steps if not step.get("rework_only")])
        able = [step for step in scene.steps if step["id"] in route]
        step = dice.pick([step for step in able if scene.kinds[step["tool"]] == "inline"] * dice.whole(0, 1) or able)
        since = -scene.beat.hours(scene.beat.at(dice.pick([1, 2, 5])))
        lot: Dict = {"stream": stream, "step": step["id"], "since_h": since, "released_h": 2 * since}
        lot |= _work(scene, lot, step["tool"], tools[step["tool"]], taken)
        if "remaining_h" not in lot and "out_h" not in lot and dice.chance(0.2):
            lot["since_h"] = -since  # it is on its way
        found.append(lot | _more(scene, step))
    if dice.chance(0.5):
        return found
    columns = list(dict.fromkeys(key for lot in found for key in lot))
    files["wip.csv"] = ",".join(columns) + "\n" + "".join(",".join(_cell(lot.get(key, "")) for key in columns) + "\n" for lot in found)
    return "wip.csv"


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{step}={tool}" for step, tool in value.items())
    return repr(value) if isinstance(value, float) else str(value)


def _more(scene: Scene, step: Dict) -> Dict:
    """What else is known of a lot at *step*."""
    dice = scene.dice
    found: Dict = {"panels": dice.whole(1, scene.panels)} if dice.chance(0.3) else {}
    if "rework" in step and dice.chance(0.5):
        found["pass"] = 1
    if dice.chance(0.3):
        found["priority"] = dice.whole(0, 2)
    told = step.get("same_tool_as")
    if told is not None and dice.chance(0.8):
        found["done_by"] = {told: dice.whole(1, scene.count[step["tool"]])}
    return found


def _work(scene: Scene, lot: Dict, group: str, tool: Dict, taken: set[tuple[str, int]]) -> Dict:
    """What is left of the work on *lot*, where it is in a tool that nobody has *taken*, or was interrupted."""
    dice = scene.dice
    if dice.chance(0.5):
        return {}
    left = scene.beat.hours(scene.beat.at(dice.pick([0.5, 1])))
    if "inline" in tool and dice.chance(0.5):
        return {"out_h": left, "tool": dice.whole(1, scene.count[group])}
    if scene.kinds[group] == "preempt" and dice.chance(0.5):
        return {"remaining_h": left}
    free = [n for n in range(1, scene.count[group] + 1) if (group, n) not in taken]
    if not free:
        return {}
    taken.add((group, free[0]))
    return {"remaining_h": left, "tool": free[0]}
