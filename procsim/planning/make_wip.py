"""Places the lots that are in the line at time 0: names turned into positions, each with a tool where it is worked on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from procsim.errors import Problem, RecipeError, did_you_mean
from procsim.model.waiting import Found
from procsim.planning.discipline import BY_DATE
from procsim.planning.plan import HOUR, Plan
from procsim.planning.wip import NEVER, Wip
from procsim.recipe.recipe import Recipe
from procsim.recipe.tree import locate


def make_wip(recipe: Recipe, plan: Plan) -> Wip | None:
    """The Wip of *recipe*; None where its line begins empty. Raises RecipeError for lots that cannot be where they are said to be."""
    given = recipe.document.line.start_wip
    if given is None:
        return None
    names = [stream.name for stream in plan.streams]
    if plan.route.stretches:
        raise RecipeError(_problem(recipe, 0, "a line that splits lots begins empty: where parts of lots are is not told", "step"))
    problems: list[Problem] = []
    streams, positions = [], []
    for i, lot in enumerate(given):
        stream, position = _stream(lot, names), _position(lot, plan)
        problems += [_problem(recipe, i, *words) for words in _wrong(lot, plan, stream, position)]
        streams.append(stream if isinstance(stream, int) else 0)
        positions.append(position if isinstance(position, int) else 0)
    if problems:
        raise RecipeError(*problems)
    tools, problems = _tools(recipe, plan, given, positions)
    if problems:
        raise RecipeError(*problems)
    past = [_past(plan, lot, p) for lot, p in zip(given, positions, strict=True)]
    left = [_work(plan, p, tool, lot, way) for lot, p, tool, way in zip(given, positions, tools, past, strict=True)]
    columns: dict[str, Sequence[int]] = {
        "stream": streams, "position": positions, "panels": [lot.panels or plan.lot_panels for lot in given],
        "released_us": [round(lot.released_h * HOUR) for lot in given], "since_us": [round(lot.since_h * HOUR) for lot in given],
        "priority": [plan.streams[s].priority if lot.priority is None else lot.priority for s, lot in zip(streams, given, strict=True)],
        "due_us": [NEVER if lot.due_h is None else round(lot.due_h * HOUR) for lot in given], "left_us": left, "tool": tools, "past": past}
    asked = [plan.steps[s] for s in plan.discipline.remembered]
    had = [[lot.done_by.get(step, 0) - 1 for step in asked] for lot in given]
    return Wip(**{name: np.array(values, dtype=np.int64) for name, values in columns.items()},
               done_by=np.array(had, dtype=np.int64).reshape(len(given), len(asked)))


def _problem(recipe: Recipe, i: int, message: str, key: str) -> Problem:
    return Problem(message, locate(recipe.sections, ["line", "start_wip", i, key]), f"line.start_wip[{i}].{key}")


def _stream(lot: Found, names: Sequence[str]) -> int | str:
    """The stream's index, or what is wrong."""
    name = lot.stream or lot.product
    if name is None:
        return 0 if len(names) == 1 else f"the lot names no stream; this recipe has {', '.join(names)}"
    return names.index(name) if name in names else f"no release stream '{name}'{did_you_mean(name, names)}; this recipe has {', '.join(names)}"


def _position(lot: Found, plan: Plan) -> int | str:
    """The position of the route, or what is wrong."""
    if lot.step not in plan.steps:
        return f"no step '{lot.step}'{did_you_mean(lot.step, plan.steps)}"
    passes = np.flatnonzero(plan.route.step == plan.steps.index(lot.step))
    found = np.flatnonzero(plan.route.turn[passes] == lot.pass_)
    return int(passes[found[0]]) if len(found) else f"step {lot.step} has passes 0 to {len(passes) - 1}: pass {lot.pass_} is none of them"


def _wrong(lot: Found, plan: Plan, stream: int | str, position: int | str) -> Iterator[tuple[str, str]]:
    """What cannot be about one lot, and the field that says so."""
    if isinstance(stream, str):
        yield stream, "product" if lot.product is not None else "stream"
    if isinstance(position, str):
        yield position, "pass" if lot.step in plan.steps else "step"
    if isinstance(stream, int):
        if isinstance(position, int) and not plan.route.streams[stream, position]:
            yield f"lots of stream '{plan.streams[stream].name}' do not visit {lot.step}", "step"
        dated = [name for g, name in enumerate(plan.groups.names) if set(plan.discipline.rules(g)) & set(BY_DATE)]
        if dated and lot.due_h is None and plan.streams[stream].due is None:
            yield f"{dated[0]} dispatches by due date, and the lot has none: give due_h", "due_h"
    asked = {plan.steps[s]: int(plan.step_group[s]) for s in plan.discipline.remembered}
    for step, number in lot.done_by.items():
        if step not in asked:
            yield f"no lot returns to the tool of a step '{step}'{did_you_mean(step, asked)}", "done_by"
        elif number > plan.groups.count[asked[step]]:
            name, count = plan.groups.names[asked[step]], plan.groups.count[asked[step]]
            yield f"{name} has {count} tools: {number}, which did {step}, is none of them", "done_by"
    if lot.panels is not None and lot.panels > plan.lot_panels:
        yield f"{lot.panels} panels are more than a lot has ({plan.lot_panels})", "panels"


def _tools(recipe: Recipe, plan: Plan, given: Sequence[Found], positions: Sequence[int]) -> tuple[list[int], list[Problem]]:
    """The tool of each lot that is worked on, -1 for the others: that which it names, or the first one free."""
    groups = plan.groups
    past = [_past(plan, lot, p) for lot, p in zip(given, positions, strict=True)]
    tools = [-int(not way) if lot.tool is None else lot.tool - 1 for lot, way in zip(given, past, strict=True)]
    problems = [_problem(recipe, i, f"{groups.names[plan.group_of[p]]} is no in-line tool: nobody is past its entrance; give remaining_h", "out_h")
                for i, p in enumerate(positions) if given[i].out_h is not None and groups.inline[plan.group_of[p]] <= 1]
    runs: dict[tuple[int, int], list[int]] = {}
    for i, p in enumerate(positions):
        if past[i] and tools[i] >= groups.count[plan.group_of[p]]:
            problems.append(_no_such_tool(recipe, plan, i, int(plan.group_of[p]), tools[i]))
        elif tools[i] >= 0 and not past[i]:
            runs.setdefault((int(plan.group_of[p]), tools[i]), []).append(i)
    for (g, number), lots in runs.items():
        if number >= groups.count[g]:
            problems.append(_no_such_tool(recipe, plan, lots[0], g, number))
        elif len(lots) > 1 and (why := _apart(plan, given, positions, lots)):
            problems.append(_problem(recipe, lots[1], f"tool {number + 1} of {groups.names[g]} works on another lot already: {why}", "tool"))
    for i, p in enumerate(positions):
        g = int(plan.group_of[p])
        if given[i].remaining_h is None or tools[i] >= 0 or plan.discipline.preempt[g]:
            continue
        free = [n for n in range(int(groups.count[g])) if (g, n) not in runs]
        if free:
            tools[i] = free[0]
            runs[g, free[0]] = [i]
        else:
            problems.append(_problem(recipe, i, f"more lots are being worked on at {groups.names[g]} than it has tools ({groups.count[g]})",
                                     "remaining_h"))
    return tools, problems


def _apart(plan: Plan, given: Sequence[Found], positions: Sequence[int], lots: Sequence[int]) -> str:
    """Why *lots* cannot share a run, or ''."""
    most = int(plan.groups.batch_max[plan.group_of[positions[lots[0]]]])
    if not most:
        return "it takes one lot at a time"
    if len({int(plan.batch_key[positions[i]]) for i in lots}) > 1 or len({given[i].remaining_h for i in lots}) > 1:
        return "lots of a run are at one step and have the same remaining_h"
    if sum(given[i].panels or plan.lot_panels for i in lots) > most:
        return f"a run has at most {most} panels"
    return ""


def _past(plan: Plan, lot: Found, position: int) -> bool:
    """Whether *lot* is past the entrance of an in-line tool: it says so, or is worked on there by nobody in particular."""
    return lot.out_h is not None or (lot.remaining_h is not None and lot.tool is None and bool(plan.groups.inline[plan.group_of[position]] > 1))


def _no_such_tool(recipe: Recipe, plan: Plan, i: int, g: int, number: int) -> Problem:
    return _problem(recipe, i, f"{plan.groups.names[g]} has {plan.groups.count[g]} tools: {number + 1} is none of them", "tool")


def _work(plan: Plan, position: int, tool: int, lot: Found, past: bool) -> int:
    """µs of work that is left, on a tool of speed 1, or of way out; -1 where it waits."""
    hours = lot.remaining_h if lot.out_h is None else lot.out_h
    if hours is None:
        return -1
    speeds = plan.groups.duty.speeds[plan.group_of[position]]
    return round(hours * HOUR * (speeds[tool] if speeds and tool >= 0 and not past else 1.0))
