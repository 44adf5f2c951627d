"""Makes what tools need besides work: setups, shifts, operators, speeds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from procsim.errors import Problem, did_you_mean
from procsim.maths.distributions import Distribution
from procsim.maths.keyed_random import key_of
from procsim.model import duty as words
from procsim.model.amounts import Law, law_of
from procsim.model.durations import in_unit
from procsim.model.tool import Tool
from procsim.planning.clocks import MOST_CHANGES, too_often
from procsim.planning.plan import LOAD, SETUP, UNLOAD, WORK, Route
from procsim.planning.scaled import Scaled
from procsim.planning.shifts import FINISH, NO_START, SUSPEND, Duty, Pool, Setup, Shift
from procsim.planning.shop import Shop
from procsim.planning.traffic import Stream
from procsim.recipe.recipe import Placed, Recipe

PHASES = {"load": LOAD, "run": WORK, "unload": UNLOAD, "setup": SETUP}
State = tuple[str, ...]
"""A name for each of what a setup is by."""
AT_END = {"suspend": SUSPEND, "finish": FINISH, "no_start": NO_START}


def _product(stream: Stream) -> str:
    """The product of a stream's lots: that of its name, where it says no other."""
    return str(getattr(stream, "product", stream.name) or stream.name)


def _state(by: Sequence[str], stream: Stream, placed: Placed) -> State:
    """What a tool must be set up for."""
    state = {"product": _product(stream), "process": placed.step.process or placed.id, "step": placed.id}
    return tuple(state[one] for one in by)


def make_duty(shop: Shop, route: Route) -> Duty:
    """The Duty of the tools of *shop*, whose lots pass the *route*. Names must have been checked."""
    line = shop.recipe.document.line
    shifts = {}
    for name, shift in line.shifts.items():
        given = in_unit(shift, "on_off")
        assert given is not None
        shifts[name] = Shift(name, tuple(round(span * given[1]) for span in given[0]), shift.starts == "on", AT_END[shift.at_end])
    number: dict[str | None, int] = {None: -1, **{name: k for k, name in enumerate(shifts)}}
    pools = tuple(Pool(name, given.count, number[given.shift]) if isinstance(given, words.Pool) else Pool(name, given, -1)
                  for name, given in line.operators.items())
    attended = np.full((len(shop.tools), len(PHASES)), -1, dtype=np.int64)
    for g, tool in enumerate(shop.tools):
        for phase, pool in words.attendance(tool.attended).items():
            attended[g, PHASES[phase]] = list(line.operators).index(pool)
    return Duty(tuple(_setup(name, tool, shop, route) for name, tool in shop.groups()),
                np.array([number[tool.shift] for tool in shop.tools], dtype=np.int64),
                tuple(() if tool.speeds is None else tuple(tool.speeds) for tool in shop.tools), attended, tuple(shifts.values()), pools)


def _setup(group: str, tool: Tool, shop: Shop, route: Route) -> Setup | None:
    setup = tool.setup
    if setup is None:
        return None
    here = {p: placed for p, (placed, name, _) in enumerate(shop.along(route)) if name == group}
    by = [setup.by] if isinstance(setup.by, str) else setup.by
    needed = [[_state(by, stream, placed) for placed in here.values()] for stream in shop.streams]
    first = [(setup.first,)] if setup.first else []
    names: tuple[State, ...] = tuple(dict.fromkeys([*first, *(name for row in needed for name in row)]))
    number = {name: k for k, name in enumerate(names)}
    scalar, table = in_unit(setup, "time"), in_unit(setup, "table") or ({}, 1)

    def law(a: State, b: State) -> Distribution | None:
        found: tuple[float | Law, int] | None = (table[0][a[0]][b[0]], table[1]) if b[0] in table[0].get(a[0], {}) else scalar
        if len(by) > 1:
            found = setup.change(frozenset(one for one, old, new in zip(by, a, b, strict=True) if old != new))
        made = Scaled(law_of(found[0]), found[1]) if found is not None and a != b else None
        return made if made is not None and made.mean > 0 else None

    called = tuple(" + ".join(name) for name in names)
    return Setup(called, np.array(list(here), dtype=np.int64), np.array([[number[name] for name in row] for row in needed], dtype=np.int64),
                 tuple(tuple(law(a, b) for b in names) for a in names),
                 tuple(tuple(key_of("setup", group, a, b) for b in called) for a in called),
                 0 if first else -1, setup.min_run_lots)


def check_duty(shop: Shop) -> Iterator[Problem]:
    """Shifts, pools, guests of batches and setup states that nothing bears, and batches with nobody but guests."""
    recipe, line = shop.recipe, shop.recipe.document.line
    for name, shift in line.shifts.items():
        spans, ticks = in_unit(shift, "on_off") or ([1.0], 1)
        if often := too_often(sum(spans) * ticks / len(spans), recipe, MOST_CHANGES):
            yield Problem(f"changes of a shift {often}", recipe.place(f"line.shifts.{name}"), f"line.shifts.{name}.on_off")
    for name, given in line.operators.items():
        if isinstance(given, words.Pool):
            yield from _known(recipe, "shift", given.shift, line.shifts, f"line.operators.{name}.shift")
    for name, tool in shop.groups():
        at = f"tools.{name}"
        yield from _known(recipe, "shift", tool.shift, line.shifts, f"{at}.shift")
        for pool in words.attendance(tool.attended).values():
            yield from _known(recipe, "operators", pool, line.operators, f"{at}.attended")
        for kind, failure in tool.failures.items():
            yield from _known(recipe, "operators", failure.crew, line.operators, f"{at}.failures.{kind}.crew")
        for work in ("maintenance", "engineering"):
            for kind, planned in getattr(tool, work).items():
                yield from _known(recipe, "operators", planned.crew, line.operators, f"{at}.{work}.{kind}.crew")
        if tool.setup is not None:
            yield from _states(recipe, name, tool.setup, shop.streams)
        guests, known = tool.batch.guests if tool.batch is not None else {}, [_product(stream) for stream in shop.streams]
        for guest in guests:
            yield from _known(recipe, "product", guest, known, f"{at}.batch.guests")
        if guests and not {*known} - {*guests}:
            yield Problem(f"nobody but guests runs at {name}: leave one product out", recipe.place(f"{at}.batch.guests"), f"{at}.batch.guests")


def _states(recipe: Recipe, group: str, setup: words.Setup, streams: Sequence[Stream]) -> Iterator[Problem]:
    """Names in a setup that are no product, process or step of the recipe."""
    if not isinstance(setup.by, str):
        return
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
