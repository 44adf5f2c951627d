"""Tests how many lots of a constant WIP are drawn ahead: no more than about twice as many as come, however many that is."""

from __future__ import annotations

from typing import Any

import pytest
from lines import Write
from traces import difference, trace

from procsim.engine import sources
from procsim.engine.simulate import simulate
from procsim.lots.records import LotRange
from procsim.planning.make import make
from procsim.recipe.load import load

LINE = """
    line: {lot: {panels: 2, units_per_panel: 10}, release: {conwip_lots: 5}, tools: {t: {}, u: {}}}
    run: {horizon_h: HORIZON, warmup_h: 0, replications: 1}
    steps: [{id: a, tool: t, time_h: {exponential: {mean: 1}}, yield: {panel: 0.9}}, {id: b, tool: u, time_h: 1}]
    """


@pytest.mark.parametrize("horizon", [10, 300, 3000])
def test_draws_follow_what_comes(write: Write, monkeypatch: pytest.MonkeyPatch, horizon: int) -> None:
    """Outcomes of lots are drawn for twice the lots that come at most, and the few of the first block; in blocks of another size, the same happens."""
    plan, drawn = make(load(write(LINE.replace("HORIZON", str(horizon))))), []
    usual = sources.outcomes

    def counted(plan: Any, random: Any, lots: LotRange, who: Any) -> Any:
        drawn.append(lots.count)
        return usual(plan, random, lots, who)

    monkeypatch.setattr(sources, "outcomes", counted)
    made = trace(plan, simulate)
    released = int(made.tables["line"][0, 1])
    assert released <= sum(drawn) <= 2 * (released + 5) + 2 * sources.FEWEST
    drawn.clear()
    monkeypatch.setattr(sources, "FEWEST", 1000)
    assert not difference(plan, made, trace(plan, simulate))
    assert drawn[0] == 1000
