"""Tests that a change of the product moves exactly the steps it should: their times, materials and defects, and no others'."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from procsim.planning.make import make
from procsim.planning.plan import INCOMING
from procsim.recipe.load import load

Facts = dict[str, tuple[Any, ...]]


def facts(flow: str, *sets: str) -> Facts:
    """Per step: amounts behind its times, amounts of materials, unit survivals, money per item."""
    plan = make(load(ROOT / "flows" / f"{flow}.yaml", sets))
    money = {s: plan.money.direct[i] for i, s in enumerate((*plan.steps, INCOMING))}
    return {name: ([t.amount for t in plan.times.terms if t.step == s], [u.amount for u in plan.money.uses if u.step == s],
                   plan.losses.own(s), money[name].ravel())
            for s, name in enumerate(plan.steps)}


@cache
def shipped(flow: str) -> Facts:
    return facts(flow)


def moved(flow: str, edit: str) -> set[str]:
    before, after = shipped(flow), facts(flow, edit)
    return {name for name in before
            if any(np.shape(a) != np.shape(b) or not np.allclose(a, b, rtol=1e-9, atol=0) for a, b in zip(before[name], after[name], strict=True))}


CASES: list[tuple[str, str, Any, set[str]]] = [
    ("embodiment_1", "product.dies.logic.thickness_um", st.floats(100, 290), {"mould", "singulate"}),
    ("embodiment_1", "product.dies.logic.pads", st.integers(50, 340), {"layer1/via/develop", "layer1/plate", "layer2/coat", "test"}),
    ("embodiment_1", "product.dies.logic.width_mm", st.floats(3, 7.9), {"attach", "mould"}),
    ("embodiment_1", "product.vias.diameter_um", st.floats(10, 29), {"layer1/via/develop", "layer1/plate", "layer2/coat", "layer2/plate"}),
    ("embodiment_1", "product.bonding.count", st.integers(50, 290), {"layer2/via/develop", "layer2/plate", "pad_finish", "points", "test"}),
    ("embodiment_1", "layer2/coat.thickness_um", st.floats(9, 12), {"layer2/coat", "layer2/plate"}),
    ("embodiment_2", "product.dies.logic.width_mm", st.floats(3, 7.9), {"cavities", "attach", "gaps"}),
    ("embodiment_4", "product.dies.logic.thickness_um", st.floats(150, 290), {"mould", "grind"}),
    ("embodiment_4", "product.dies.logic.pads", st.integers(50, 340), {"first/drill", "first/plate", "test"}),
    ("embodiment_4", "product.dies.logic.length_mm", st.floats(3, 7.9), {"attach", "mould"}),
    ("embodiment_4", "insulate.thickness_um", st.floats(12, 19), {"first/plate"}),   # a sheet is bought and pressed by its area
    ("whatif/thin_nitride", "insulate.thickness_um", st.floats(2.5, 9), {"insulate", "first/plate"}),
    ("dual_heat_sink", "product.dies.processor.bump_um", st.floats(50, 79), {"underfill", "first_heat_sink"}),
    ("dual_heat_sink", "product.dies.processor.pads", st.integers(500, 1590), {"attach", "underfill", "test"}),
    ("dual_heat_sink", "product.dies.processor.width_mm", st.floats(13.1, 13.9), {"underfill", "first_heat_sink"}),
]


@pytest.mark.parametrize(("flow", "address", "values", "steps"), CASES, ids=[f"{c[0]}:{c[1]}" for c in CASES])
@settings(max_examples=2, deadline=None)
@given(data=st.data())
def test_a_change_of_the_product_moves_its_steps(flow: str, address: str, values: Any, steps: set[str], data: st.DataObject) -> None:
    """Steps that meet what is changed take another time, another amount or another risk; the rest stays to the last digit."""
    value = data.draw(values)
    assert moved(flow, f"{address}={value!r}") == steps
