"""Says what runs the rules of a line: SimPy's own loop, or one of our own that numba compiles, which takes time before it saves any.

Both give the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec

import numpy as np

from procsim.errors import Place, RecipeError
from procsim.planning.plan import Plan

ENGINES = ("auto", "simpy", "numba")
SWITCH = "PROCSIM_ENGINE"
"""An environment variable: the engine where nobody asks for another."""
SAVED_US = 0.6
"""CPU µs of a step visit that the compiled loop saves, beside rules that mypyc has compiled; beside interpreted ones it is several times that."""
LOAD_S, COMPILE_S = 0.6, 27.0
"""CPU seconds that it takes to load the compiled loop into a process, and to compile it, which is kept."""
MISSING = "the engine numba needs numba: pip install 'procsim[fast]'"


def asked(by: str = SWITCH) -> str:
    """The engine that is asked for. Raises RecipeError, which names *by* what it was, where there is none of that name, or numba is not there."""
    name = os.environ.get(SWITCH) or "auto"
    if name not in ENGINES:
        raise RecipeError.at(Place(by), f"must be one of {', '.join(ENGINES)} (got {name[:40]!r})")
    if name == "numba" and find_spec("numba") is None:
        raise RecipeError.at(Place(by), MISSING)
    return name


@contextmanager
def using(engine: str | None, by: str = "engine") -> Iterator[None]:
    """Has *engine* asked for in the block, by this process and those that it starts; None leaves that as it is. Raises as ``asked``."""
    before = os.environ.get(SWITCH)
    if engine is not None:
        os.environ[SWITCH] = engine
    try:
        asked(SWITCH if engine is None else by)
        yield
    finally:
        if before is None:
            os.environ.pop(SWITCH, None)
        else:
            os.environ[SWITCH] = before


def choice(plan: Plan) -> tuple[str, str]:
    """The engine that *plan* is run by, and why, in words."""
    name = asked()
    if name != "auto":
        return name, "it is asked for"
    visits = expected_visits(plan) * plan.replications
    told = f"about {visits:,.0f} step visits"
    if find_spec("numba") is None:
        return "simpy", "numba is not installed"
    if visits * SAVED_US < LOAD_S * 1e6:
        return "simpy", f"{told} are too few for numba to pay"
    from procsim.engine.fast.kernel import warm

    if warm():
        return "numba", f"{told}, and the rules are compiled"
    if visits * SAVED_US < (LOAD_S + COMPILE_S) * 1e6:
        return "simpy", f"{told} are too few to compile the rules for; --engine numba does so once"
    return "numba", f"{told}: worth compiling the rules, once"


def prepare(plans: Sequence[Plan]) -> None:
    """Compiles the rules where that is yet to be done for *plans*, before each of several processes does."""
    if any(choice(plan)[0] == "numba" for plan in plans):
        from procsim.engine.fast.kernel import ready, warm

        if not warm():
            ready()


def expected_visits(plan: Plan) -> float:
    """Step visits of one replication, roughly: nothing is lost, sampled or done twice, and lots of a constant number never wait."""
    visits = 0.0
    for r, stream in enumerate(plan.streams):
        if stream.interval is not None:
            lots = plan.horizon_us / max(stream.interval.mean, 1.0) * stream.at_once
        else:
            lots = plan.horizon_us / max(float(np.max(plan.discipline.remaining[r], initial=0)), 1.0) * stream.conwip
        visits += min(lots, stream.limit or lots) * float(plan.route.streams[r].sum())
    return visits
