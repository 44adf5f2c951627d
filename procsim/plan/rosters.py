"""Recipe in, what tools need besides work out, as numbers: setups, shifts, operators, speeds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from procsim.dists import Distribution
from procsim.errors import Problem, did_you_mean
from procsim.luck import key_of
from procsim.model import duty as words
from procsim.model.base import Law, in_unit, law_of
from procsim.model.line import Tool
from procsim.plan.duty import FINISH, NO_START, SUSPEND, Duty, Pool, Setup, Shift
from procsim.plan.scaled import Scaled
from procsim.plan.shape import LOAD, SETUP, UNLOAD, WORK, Stream
from procsim.recipe.load import Placed, Recipe

PHASES = {"load": LOAD, "run": WORK, "unload": UNLOAD, "setup": SETUP}
AT_END = {"suspend": SUSPEND, "finish": FINISH, "no_start": NO_START}


def _product(stream: Stream) -> str:
    """The product of a stream's lots: that of its name, where it says no other."""
    return str(getattr(stream, "product", stream.name) or stream.name)


def _state(by: str, stream: Stream, placed: Placed) -> str:
    """What a tool must be set up for."""
    return {"product": _product(stream), "process": placed.step.process or placed.id, "step": placed.id}[by]


def make_duty(recipe: Recipe, groups: Sequence[str], tools: Sequence[Tool], streams: Sequence[Stream], route: Sequence[Placed]) -> Duty:
    """All of it; *route* is what lots pass, position by position. Names must have been checked."""
    line = recipe.document.line
    shifts = {}
    for name, shift in line.shifts.items():
        given = in_unit(shift, "on_off")
        assert given is not None
        shifts[name] = Shift(name, tuple(round(span * given[1]) for span in given[0]), shift.starts == "on", AT_END[shift.at_end])
    number: dict[str | None, int] = {None: -1, **{name: k for k, name in enumerate(shifts)}}
    pools = tuple(Pool(name, given.count, number[given.shift]) if isinstance(given, words.Pool) else Pool(name, given, -1)
                  for name, given in line.operators.items())
    attended = np.full((len(tools), len(PHASES)), -1, dtype=np.int64)
    for g, tool in enumerate(tools):
        for phase, pool in words.attendance(tool.attended).items():
            attended[g, PHASES[phase]] = list(line.operators).index(pool)
    return Duty(tuple(_setup(name, tool, streams, route) for name, tool in zip(groups, tools, strict=True)),
                np.array([number[tool.shift] for tool in tools], dtype=np.int64),
                tuple(() if tool.speeds is None else tuple(tool.speeds) for tool in tools), attended, tuple(shifts.values()), pools)


def _setup(group: str, tool: Tool, streams: Sequence[Stream], route: Sequence[Placed]) -> Setup | None:
    setup = tool.setup
    if setup is None:
        return None
    here = [placed if placed.step.tool == group else None for placed in route]
    needed = [[None if placed is None else _state(setup.by, stream, placed) for placed in here] for stream in streams]
    names = tuple(dict.fromkeys([*([setup.first] if setup.first else []), *(name for row in needed for name in row if name is not None)]))
    scalar, table = in_unit(setup, "time"), in_unit(setup, "table") or ({}, 1)

    def law(a: str, b: str) -> Distribution | None:
        found: tuple[float | Law, int] | None = (table[0][a][b], table[1]) if b in table[0].get(a, {}) else scalar
        made = Scaled(law_of(found[0]), found[1]) if found is not None and a != b else None
        return made if made is not None and made.mean > 0 else None

    return Setup(names, np.array([[-1 if name is None else names.index(name) for name in row] for row in needed], dtype=np.int64),
                 tuple(tuple(law(a, b) for b in names) for a in names),
                 tuple(tuple(key_of("setup", group, a, b) for b in names) for a in names),
                 names.index(setup.first) if setup.first else -1, setup.min_run_lots)


def check_duty(recipe: Recipe, groups: Sequence[str], tools: Sequence[Tool], streams: Sequence[Stream]) -> Iterator[Problem]:
    """Shifts, pools and setup states that nothing bears."""
    line = recipe.document.line
    for name, given in line.operators.items():
        if isinstance(given, words.Pool):
            yield from _known(recipe, "shift", given.shift, line.shifts, f"line.operators.{name}.shift")
    for name, tool in zip(groups, tools, strict=True):
        at = f"tools.{name}"
        yield from _known(recipe, "shift", tool.shift, line.shifts, f"{at}.shift")
        for pool in words.attendance(tool.attended).values():
            yield from _known(recipe, "operators", pool, line.operators, f"{at}.attended")
        for kind, failure in tool.failures.items():
            yield from _known(recipe, "operators", failure.crew, line.operators, f"{at}.failures.{kind}.crew")
        for kind, planned in tool.maintenance.items():
            yield from _known(recipe, "operators", planned.crew, line.operators, f"{at}.maintenance.{kind}.crew")
        if tool.setup is not None:
            yield from _states(recipe, name, tool.setup, streams)


def _states(recipe: Recipe, group: str, setup: words.Setup, streams: Sequence[Stream]) -> Iterator[Problem]:
    """Names in a setup that are no product, process or step of the recipe."""
    known = {"product": [_product(stream) for stream in streams], "step": [placed.id for placed in recipe.steps],
             "process": [*recipe.document.processes, *(placed.step.process or placed.id for placed in recipe.steps)]}[setup.by]
    at = f"tools.{group}.setup"
    table = in_unit(setup, "table") or ({}, 1)
    for name in dict.fromkeys([*table[0], *(b for row in table[0].values() for b in row)]):
        yield from _known(recipe, setup.by, name, known, next(f"{at}.{key}" for key in ("table_s", "table_min", "table_h") if getattr(setup, key)))
    yield from _known(recipe, setup.by, setup.first, known, f"{at}.first")


def _known(recipe: Recipe, what: str, name: str | None, known: Collection[str], address: str) -> Iterator[Problem]:
    if name is not None and name not in known:
        yield Problem(f"no {what} '{name}'{did_you_mean(name, known)}", recipe.place(address), address)
