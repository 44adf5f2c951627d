"""Tests where a number breaks even: there a state costs as much as its flow without the edits, both with that value."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from conftest import ROOT

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from served import served, tree

from procsim.experiments.points import Evaluator
from procsim.recipe.load import load
from procsim.serve import app
from procsim.serve.even import FIRST, even
from procsim.serve.state import State, state_of
from procsim.serve.tree import Tree
from procsim.serve.works import Asked
from procsim.studies.breakeven import breakeven

NAME, PRICE, COST = "embodiment_1.yaml", "product.dies.logic.price_usd", "cost_per_good_unit_loaded"
TREE = Tree(ROOT / "flows")
FLOW, OTHER = ROOT / "flows" / NAME, ROOT / "flows" / "whatif" / "electroless_wiring.yaml"


def test_both_cost_the_same_where_a_number_breaks_even() -> None:
    """As ``procsim breakeven`` says; what the edits have put there does not matter."""
    state = state_of([("with", "whatif/electroless_wiring.yaml"), ("set", f"{PRICE}=6")], NAME)
    found = even(TREE, state, PRICE)
    assert len(found.values) == 1 and found.values[0] in found.words and "less below" in found.words
    base, other = (Evaluator(load(FLOW, over=over)).at({PRICE: found.values[0]}, True).figures()[COST] for over in ((), (OTHER,)))
    assert abs(base - other) < 1e-4 * base
    table = breakeven(FLOW, OTHER, f"{PRICE}=2.04..33", replications=0, fixed_line=True).crossings
    assert float(found.values[0]) == pytest.approx(float(table[PRICE].iloc[0]), rel=1e-4)


@pytest.mark.parametrize(("name", "said"), [
    ("fan_in_wlcsp", "The edits themselves make this number 0, which they keep here."), ("wafer_priced_dies", "With the edits there is no such number.")])
def test_what_the_edits_set_themselves_stays(name: str, said: str) -> None:
    """Dies that are paid for with their wafer have no price to be moved: then only that of the flow without the edits is, and none is offered to be set."""
    found = even(TREE, state_of([("with", f"whatif/{name}.yaml")], NAME), PRICE)
    assert found.words.startswith(said) and found.values == ()
    price = found.words.partition("where it is ")[2].split()[0]
    costs = [Evaluator(load(FLOW)).at({PRICE: price}, True), Evaluator(load(FLOW, over=(ROOT / "flows" / "whatif" / f"{name}.yaml",))).at({}, True)]
    base, other = (point.figures()[COST] for point in costs)
    assert abs(base - other) < 1e-4 * base and "below it costs more with them" in found.words


@pytest.mark.parametrize(("pairs", "address", "said"), [
    ((), PRICE, FIRST), ((("set", f"{PRICE}=4"),), PRICE, FIRST), ((("set", "layer.repeat=3"),), PRICE, "nowhere from 0.408 to 33: with the edits a good package costs more"),
    ((("set", "layer.repeat=3"),), "product.dies.logic.pads", "has no range"), ((("set", "grind.less_um=90"),), PRICE, "would grind 30 µm into")])
def test_what_breaks_even_nowhere_says_so(pairs: tuple[tuple[str, str], ...], address: str, said: str) -> None:
    """Within its range and well beyond, or why there is nothing to look for."""
    found = even(TREE, state_of(pairs, NAME), address)
    assert said in found.words and found.values == ()


def test_the_page_offers_the_value(tmp_path: Path) -> None:
    """As a button that sets it."""
    with served(tree(tmp_path) / NAME) as page:
        text = page.gets(f"/even?flow={NAME}&with=whatif%2Felectroless_wiring.yaml&address={PRICE}&tab=t", piece=True).text
        assert "costs as much as without them" in text and "set 12.7" in text and 'hx-post="edit"' in text


def test_what_moves_the_cost_most_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that has waited for a while asks again, and learns in the end, or that it takes too long here."""
    monkeypatch.setattr(app, "PATIENCE_S", 0.05)

    async def asks() -> list[str]:
        site, asked, found = app.Site(TREE, NAME), Asked(State(NAME), "t", {}), list[str]()
        try:
            for _ in range(600):
                found.append((await site.moving(asked)).body.decode())
                if "data-field" in found[-1]:
                    break
                await asyncio.sleep(0.1)
        finally:
            site.ends()
        return found

    found = asyncio.run(asks())
    assert 'hx-get="moving"' in found[0] and PRICE in found[-1]
