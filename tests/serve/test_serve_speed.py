"""Tests how soon a what-if page answers: a believed number within 50 ms of a processor, a structural change within 150, edit after edit."""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence

import pytest
from conftest import ROOT

from procsim.serve.state import State, state_of
from procsim.serve.tidying import MOST, Tidying
from procsim.serve.tree import Tree
from procsim.serve.works import Asked, Works

TREE = Tree(ROOT / "flows")
DIES = {"embodiment_1.yaml": "logic", "embodiment_2.yaml": "logic", "dual_heat_sink.yaml": "processor"}
STEPS = ("inspect_points", "inspect_circuit", "inspect_chip", "inspect_bumps", "inspect_dies", "inspect_underfill", "degrease", "polish_clean")


def _took(works: Works, name: str, edits: Sequence[dict[str, str]]) -> list[float]:
    """Milliseconds of a processor that each of *edits* takes, with all that the page shows of it, the slowest last; none of them was made before."""
    state = state_of([("flow", name)], name)
    listed, found = works.answers.answer(state).shown.shape, []
    for edit in edits:
        begun = time.process_time()
        reply = works.edit(Asked(state, "tab", {**edit, "listed": listed}))
        found.append(1000 * (time.process_time() - begun))
        assert b"cannot be built" not in reply.body and b"This is wrong" not in reply.body, edit
    return sorted(found)


@pytest.mark.parametrize("name", DIES)
def test_an_answer_comes_at_once(name: str) -> None:
    """Nearly each: of ten edits of a kind the slowest is left out, which may be that in which the machine did something else."""
    works = Works(TREE, name)
    works.page(Asked(State(name), "", {}))
    prices = [{"do": "set", "address": f"product.dies.{DIES[name]}.price_usd", "value": f"{20 + n / 7:.3f}"} for n in range(10)]
    counts = [{"do": "set", "address": "tools.box_oven.count", "value": str(n)} for n in range(3, 13)]
    assert _took(works, name, prices)[-2] < 50 and _took(works, name, counts)[-2] < 50
    known = {step.id for step in works.answers.answer(State(name)).flow.recipe.draft.steps}
    layers = [{"do": "set", "address": "layer.repeat", "value": str(n)} for n in (1, 3, 4, 5, 6)] if "layer1/coat" in known else []
    inserts = [{"do": "insert", "side": "after", "step": step, "yaml": f"{{id: again{n}, op: bake, process: post_mould_cure}}"}
               for n, step in enumerate(("points", "reflow", "clean"))]
    removals = [{"do": "remove", "step": step} for step in STEPS if step in known]
    for edits in (layers, inserts, removals):
        assert not edits or _took(works, name, edits)[-2] < 150


def test_memory_is_looked_through_in_rests() -> None:
    """Not in the midst of an answer, which would take twice as long; after so many answers even without a rest."""
    told: list[int] = []

    def tells(phase: str, found: dict[str, int]) -> None:
        told.extend([found["generation"]] if phase == "stop" and found["generation"] == 2 else [])

    before, tidying = gc.get_threshold(), Tidying()
    gc.callbacks.append(tells)
    try:
        tidying.begins()
        told.clear()
        for _ in range(MOST - 1):
            tidying.works()
            kept = [[[n] for n in range(400)] for _ in range(4)]
            tidying.rests()
        tidying.works()
        assert told == [] and kept
        tidying.rests()
        assert told == [2]
        tidying.works()
        tidying.rests()
        end = time.monotonic() + 20
        while told == [2] and time.monotonic() < end:
            time.sleep(0.05)
        assert told == [2, 2]
    finally:
        gc.callbacks.remove(tells)
        gc.set_threshold(*before)
        gc.unfreeze()
