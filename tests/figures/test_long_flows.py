"""Pictures by step of a flow that is too long to be read bar by bar: the largest by name, and nothing is left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from procsim.figures import bars, money, times
from procsim.figures.largest import MOST, largest

N = 3 * MOST


def labels(axes: Axes) -> list[str]:
    """What stands beside the bars, from the top."""
    return [text.get_text() for text in axes.get_yticklabels()]


@pytest.mark.parametrize("count", [1, MOST, MOST + 1])
def test_what_can_be_read_is_left_as_it_is(count: int) -> None:
    rows = pd.DataFrame({"step": [f"s{i}" for i in range(count)], "hours": np.arange(count, dtype=float)})
    assert largest(rows, "step", rows["hours"]) is rows


def test_the_largest_stand_in_their_order_and_the_others_are_one_bar() -> None:
    hours = np.random.default_rng(1).permutation(np.arange(N, dtype=float))
    hours[7] = -1000.0  # by how much, not which way
    rows = pd.DataFrame({"step": [f"s{i}" for i in range(N)], "hours": hours}, index=range(5, 5 + N))
    found = largest(rows, "step", rows["hours"])
    bound = np.sort(np.abs(hours))[-MOST]
    assert found["step"].tolist() == [*(f"s{i}" for i in range(N) if abs(hours[i]) >= bound), f"other, {N - MOST} steps"]
    assert found["hours"].sum() == pytest.approx(hours.sum(), rel=1e-12)


def test_where_the_time_goes_adds_up_to_the_cycle_time() -> None:
    known = {"visits": np.full(N, 10.0), "process_h": 1.0 + np.arange(N), "queue_h": np.full(N, 0.5), "transport_h": np.full(N, 0.1),
             "repair_h": np.full(N, np.nan), "blocked_h": np.zeros(N)}
    steps = pd.DataFrame({"step": [f"s{i}" for i in range(N)], **known})
    cycle_h = float((known["process_h"] + 0.6).sum()) + 1000.0
    figure = times.cycle_time(steps, 10.0, cycle_h, "long")
    axes = figure.axes[0]
    assert labels(axes) == [*(f"s{i}" for i in range(N - MOST, N)), f"other, {N - MOST} steps", times.APART]
    assert sum(bar.get_width() for bar in axes.patches) == pytest.approx(cycle_h, rel=1e-9)  # type: ignore[attr-defined]
    assert f"{MOST} largest of {N} steps" in figure.get_suptitle()


def costs(count: int, within: str = "") -> pd.DataFrame:
    """A table of costs of so many steps, each of which costs a little more than the one before, and stands *within* a group."""
    usd = np.array([500.0, *(1.0 + 0.01 * np.arange(count)), 20.0])
    names = ["clean", *(f"s{i}{within}" for i in range(1, count))]
    return pd.DataFrame({"step": [money.INCOMING, *names, money.UNUSED], "source": "flow.yaml", "op": "", "tools_usd": usd, "die_usd": 0.0,
                         "panel_usd": 0.0, "cost_per_good_unit_usd": usd})


def test_what_steps_cost_adds_up() -> None:
    table = costs(N)
    figure = bars.cost_by_step(table, "long")
    shown = labels(figure.axes[0])
    assert shown[0] == money.INCOMING and shown[-2:] == [money.UNUSED, f"other, {N - MOST + 2} steps"] and len(shown) == MOST + 1
    assert f"{MOST} largest of {N + 2} steps" in figure.get_suptitle()
    short = bars.cost_by_step(costs(MOST - 1), "short")
    assert labels(short.axes[0])[-1] == money.UNUSED and "largest" not in short.get_suptitle()


def test_a_waterfall_of_many_stretches_ends_at_the_whole() -> None:
    table = costs(N, "/coat")
    found = len(money.by_group(table))
    figure = money.waterfall(table, "long")
    shown = labels(figure.axes[0])
    assert found > MOST + 1 and len(shown) == MOST + 2
    assert shown[-2:] == [f"other, {found - MOST} stretches", "all of it"]
    assert figure.axes[0].patches[-1].get_width() == pytest.approx(table["cost_per_good_unit_usd"].sum(), rel=1e-9)  # type: ignore[attr-defined]
