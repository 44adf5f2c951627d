"""Tests that what would have no effect is refused, from the shell and from Python, and that what has one is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import LINE
from lines import Write

import procsim
from procsim.cli import main
from procsim.errors import RecipeError

PRICE = "tools.a.price_usd"


@pytest.mark.parametrize(("ask", "names"), [
    (lambda flow: procsim.sweep(flow, {PRICE: [1, 2]}, replications=3, seed=1), ["replications", "seed"]),
    (lambda flow: procsim.size(flow, replications=3), ["replications"]),
    (lambda flow: procsim.size(flow, seed=3), ["seed"]),
    (lambda flow: procsim.compare([flow, flow], estimate=True, replications=3, seed=1, jobs=2), ["replications", "seed", "jobs"]),
    (lambda flow: procsim.breakeven(flow, vary=f"{PRICE}=1..2", target=1, replications=0, seed=4, jobs=2), ["seed", "jobs"]),
    (lambda flow: procsim.estimate(flow, seed=1, jobs=2), ["seed", "jobs"]),
    (lambda flow: procsim.sensitivity(flow, seed=1, trajectories=4), ["seed", "trajectories"]),
    (lambda flow: procsim.sensitivity(flow, "morris", samples=9, first=2), ["samples", "first"]),
    (lambda flow: procsim.run(flow, max_replications=9), ["max_replications"]),
    (lambda flow: procsim.whatif(flow, set={PRICE: 2}, figure="yield"), ["figure"]),
    (lambda flow: procsim.optimise(flow, {PRICE: [1, 2]}, minimise="yield", simulate=False, few=2, replications=9, indifference=0.1),
     ["few", "replications", "indifference"]),
])
def test_arguments_without_effect_are_refused(write: Write, ask: Callable[[str], object], names: list[str]) -> None:
    """Every one of them, before anything is worked out."""
    with pytest.raises(RecipeError) as told:
        ask(str(write(LINE)))
    assert [problem.message.split()[0] for problem in told.value.problems] == names


@pytest.mark.parametrize(("words", "told"), [
    (["sweep", "--vary", f"{PRICE}=1,2", "--out", "out", "--seed", "1"], "--seed is of simulations: say --simulate, too, or leave it out"),
    (["size", "--jobs", "2"], "--jobs is of simulations"), (["compare", "--estimate", "--replications", "2"], "--replications is of simulations, and"),
    (["breakeven", "--vary", f"{PRICE}=1..2", "--target", "1", "--allow-overload"], "--allow-overload"),
    (["breakeven", "--vary", f"{PRICE}=1..2", "--target", "1", "--no-variability"], "--no-variability"),
    (["estimate", "--seed", "1"], "--seed is of draws"), (["run", "--max-replications", "9"], "--max-replications goes with --precision"),
])
def test_options_without_effect_are_refused(write: Write, capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    """With exit 2, and nothing is written."""
    path = write(LINE)
    assert main([words[0], str(path), *words[1:]]) == 2
    assert told in capsys.readouterr().err
    assert not (path.parent / "out").exists()


def test_what_is_given_as_it_would_be_is_taken(write: Write) -> None:
    """What simulates takes what is of simulations, and what is asked for in the words of the default is no mistake."""
    path = str(write(LINE))
    assert len(procsim.sweep(path, {"run.confidence": [0.9, 0.95]}, simulate=True, replications=2, seed=1).points) == 2
    assert len(procsim.estimate(path, jobs=1).summary)
