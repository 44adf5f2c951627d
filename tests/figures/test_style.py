"""Tests that a picture of its own size is drawn once, and as it would be drawn twice."""

from __future__ import annotations

from io import BytesIO
from typing import Literal

import pytest
from matplotlib import rc_context
from matplotlib.figure import Figure

from procsim.figures import style
from procsim.figures.hatches import brief

pytestmark = pytest.mark.drawn


def bars(layout: Literal["constrained"] | None) -> Figure:
    figure = Figure(figsize=(4.0, 3.0), layout=layout)
    axes = figure.subplots()
    axes.barh(["a long name", "b"], [1.0, 2000.0], label="bars")
    axes.set_title("a title")
    figure.legend(loc="outside lower center" if layout else "lower center")
    return figure


@pytest.mark.parametrize("layout", ["constrained", None])
def test_a_picture_of_its_own_size_has_the_bytes_of_one_that_is_drawn_twice(layout: Literal["constrained"] | None) -> None:
    """Laid out and printed, a figure has the bytes that ``savefig`` gives it, and keeps its layout for a PNG."""
    twice, drawn = BytesIO(), bars(layout)
    with rc_context({"svg.hashsalt": "own", "svg.fonttype": "none", "font.family": "sans-serif"}):
        bars(layout).savefig(twice, format="svg", metadata={"Date": None, "Creator": None})
    assert style.svg(drawn, "own", tight=False) == brief(twice.getvalue())
    assert (drawn.get_layout_engine() is None) == (layout is None)
