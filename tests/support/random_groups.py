"""Makes the tool groups of a small random line: what runs together, what stops a tool, who must be there, and who goes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dice import Beat, Dice

Dict = dict[str, Any]
RULES = ("fifo", "priority", "spt", "edd", "critical_ratio", "least_setup", "least_setup", "longest_remaining_work")


@dataclass
class Scene:
    """What the parts of a line must know of each other: which behaviours are *on*, the *panels* of a lot, the *kinds* of its tool groups and the
    *count* of their tools, its *products* by release stream, its *steps*, how long each takes a lot (*means*), in which *region* it lies (odd where lots
    are in *parts*), and groups whose queues are *open*, since they may have no buffer."""

    dice: Dice
    beat: Beat
    on: frozenset[str]
    panels: int
    products: dict[str, str]
    kinds: dict[str, str] = field(default_factory=dict)
    count: dict[str, int] = field(default_factory=dict)
    steps: list[Dict] = field(default_factory=list)
    means: list[float] = field(default_factory=list)
    region: list[int] = field(default_factory=list)
    parts: int = 1
    open: set[str] = field(default_factory=set)
    pools: Dict = field(default_factory=dict)
    shifts: Dict = field(default_factory=dict)

    def acts(self, what: str, share: float = 0.6) -> bool:
        """Whether a behaviour that is on is used here."""
        return what in self.on and self.dice.chance(share)

    def time(self, stem: str, beats: float) -> Dict:
        """A field with a time, in the line's unit."""
        return {f"{stem}_{self.beat.unit}": self.beat.law(beats)}

    def fixed(self, stem: str, beats: float) -> Dict:
        """The same for fields that take numbers only."""
        return {f"{stem}_{self.beat.unit}": self.beat.at(beats)}

    def at(self, group: str) -> list[str]:
        """Ids of the group's steps."""
        return [step["id"] for step in self.steps if step["tool"] == group]


def choose_kinds(scene: Scene) -> None:
    """Which groups there are, and what kind each is of."""
    dice = scene.dice
    kinds = ["one lot", "one lot"] + [kind for kind in ("batch", "batch", "inline", "preempt") if kind in scene.on for _ in range(2)]
    for name in "abcdef"[: dice.whole(1, 6)]:
        scene.kinds[name] = dice.pick(kinds)
        scene.count[name] = dice.whole(1, 3)


def choose_duty(scene: Scene) -> None:
    """Shifts, of which one at least is longer than any step, and pools of operators."""
    dice, beat = scene.dice, scene.beat
    longest = max(scene.means) / beat.length
    for name in ("day", "late")[: dice.whole(1, 2)] if "shifts" in scene.on else ():
        spans = [beat.at(beats) for _ in range(dice.whole(1, 2)) for beats in ((longest + 2) * dice.pick([1.05, 2, 4]), dice.pick([1, 2, 4]))]
        scene.shifts[name] = {f"on_off_{beat.unit}": spans, "starts": dice.pick(["on", "on", "off"]),
                              "at_end": dice.pick(["suspend", "finish", "no_start"])}
        if scene.shifts[name]["starts"] == "off":
            spans.insert(0, spans.pop())
    for name, on in (("people", "operators"), ("crew", "crews")):
        if on in scene.on:
            scene.pools[name] = dice.whole(1, 2)
            if scene.shifts and dice.chance(0.4):
                scene.pools[name] = {"count": scene.pools[name], "shift": dice.pick(list(scene.shifts))}


def tool_group(scene: Scene, name: str) -> Dict:
    """One tool group, of the kind that was chosen."""
    dice, kind = scene.dice, scene.kinds[name]
    tool: Dict = {"count": scene.count[name]}
    if kind == "batch":
        tool["batch"] = _batch(scene, name)
    if kind == "inline":
        tool["inline"] = {"panels": dice.whole(2, 4)}
    if kind == "preempt":
        tool |= {"preempt": True, "dispatch": "priority"}
    elif scene.acts("rules", 0.9):
        tool["dispatch"] = dice.pick(RULES)
    if scene.acts("stages"):
        tool |= scene.time("load", 0.3)
        tool |= scene.time("unload", 0.3) if dice.chance(0.6) else {}
    if scene.acts("setups") and (setup := _setup(scene, name)):
        tool["setup"] = setup
    if scene.acts("speeds"):
        tool["speeds"] = [dice.pick([0.5, 1.0, 1.5, 2.0]) for _ in range(tool.pop("count"))]
    if scene.acts("shifts") and scene.shifts:
        tool["shift"] = dice.pick(list(scene.shifts))
    if scene.acts("operators", 0.7):
        tool |= _attended(scene, tool, kind)
    for what, chance, make in _OUTAGES:
        if scene.acts(what, chance):
            tool[what] = make(scene)
    often = 0.8 if len(scene.at(name)) < 2 else 0.5  # lots that come back are soon in each other's way for ever
    if scene.acts("buffers", often) and kind != "preempt" and name not in scene.open:
        least = -(-tool["batch"]["min_panels"] * scene.parts // scene.panels) if kind == "batch" else 1
        tool["buffer_lots"] = dice.whole(least, max(least, 5))
    return tool


def _batch(scene: Scene, name: str) -> Dict:
    dice = scene.dice
    most = dice.whole(1, 3)
    sizes = {"min_panels": scene.panels * dice.whole(1, most), "max_panels": scene.panels * most + dice.whole(0, scene.panels - 1)}
    by = dice.pick(["step", "product", "process", "any", "any", {step: dice.pick(["any", "product"]) for step in dice.some(scene.at(name) or ["s0"])}])
    if isinstance(by, dict) and not scene.at(name):
        by = "step"
    last = list(scene.products.values())[-1]
    guests = {"guests": {last: dice.whole(1, 2)}} if scene.acts("guests", 0.8) and len(set(scene.products.values())) > 1 else {}
    return sizes | {"by": by} | guests | (scene.fixed("longest_wait", dice.pick([1, 2, 5])) if dice.chance(0.1 if "ends" in scene.on else 0.6) else {})


def _setup(scene: Scene, name: str) -> Dict:
    dice, beat = scene.dice, scene.beat
    by = dice.pick(["step", "process", "product", "both"])
    if by == "both":
        return {"by": ["step", "product"], f"changes_{beat.unit}": {key: beat.law(0.5) for key in dice.some(["step", "product", "step+product"])},
                "min_run_lots": dice.whole(1, 3)}
    states = sorted({step.get("process", step["id"]) if by == "process" else step["id"] for step in scene.steps if step["tool"] == name})
    if by == "product":
        states = sorted(set(scene.products.values()))
    if not states:
        return {}
    made: Dict = {"by": by, "min_run_lots": dice.whole(1, 3)}
    if dice.chance(0.5) and len(states) > 1:
        made[f"table_{beat.unit}"] = {a: {b: beat.law(dice.pick([0.3, 1])) for b in states if b != a} for a in dice.some(states)}
    if f"table_{beat.unit}" not in made or dice.chance(0.5):
        made |= scene.time("time", 0.5)
    return made | ({"first": dice.pick(states)} if dice.chance(0.4) else {})


def _attended(scene: Scene, tool: Dict, kind: str) -> Dict:
    """Who stands by; a pool with a shift only where its shift is the tool's own, or the tool has none."""
    pools = [name for name, pool in scene.pools.items() if not isinstance(pool, dict) or tool.get("shift", pool["shift"]) == pool["shift"]]
    phases = ["setup", "load", "run"] + ([] if kind == "inline" else ["unload"])
    if not pools:
        return {}
    during = scene.dice.some(phases)
    pool = scene.dice.pick(pools)
    if len(during) > 1 and scene.dice.chance(0.3):
        return {"attended": [{"pool": pool, "during": during[:1]}, {"pool": scene.dice.pick(pools), "during": during[1:]}]}
    return {"attended": {"pool": pool, "during": during}}


def _crew(scene: Scene) -> Dict:
    return {"crew": "crew"} if "crew" in scene.pools and scene.dice.chance(0.7) else {}


def _failures(scene: Scene) -> Dict:
    dice, beat = scene.dice, scene.beat
    found = {}
    for name in ("f", "g")[: dice.pick([1, 1, 2])]:
        scrap = "splits" not in scene.on and dice.chance(0.3)
        found[name] = {f"mtbf_{beat.unit}": beat.lifetime(dice.pick([12, 25, 50])), f"mttr_{beat.unit}": beat.law(dice.pick([0.5, 1, 3])),
                       "clock": dice.pick(["calendar", "busy"]), "work": "scrap" if scrap else "resume", **_crew(scene)}
    return found


def _planned(scene: Scene) -> Dict:
    dice = scene.dice
    found = {}
    for name in ("m", "n")[: dice.pick([1, 1, 2])]:
        one = scene.time("takes", dice.pick([0.5, 1, 2])) | _crew(scene)
        if dice.chance(0.5):
            found[name] = one | {"every_panels": scene.panels * dice.whole(2, 12) - dice.whole(0, 1)}
            continue
        found[name] = one | scene.fixed("every", dice.pick([10, 20, 40]))
        if dice.chance(0.3):
            found[name] |= {"together": True}
        if dice.chance(0.3):
            found[name] |= scene.fixed("first_at", dice.pick([1, 5, 15]))
    return found


_OUTAGES: tuple[tuple[str, float, Callable[[Scene], Dict]], ...] = (("failures", 0.6, _failures), ("maintenance", 0.6, _planned),
                                                                     ("engineering", 0.6, _planned))
"""What may stop a tool, how often a group has it where it is on, and what makes it."""
