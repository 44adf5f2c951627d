"""Tests that a test which is not ``drawn`` spends no time on writing pictures out, however these are written."""

from __future__ import annotations

import pytest
from conftest import BLANK
from matplotlib.figure import Figure

from procsim.figures import style


@pytest.mark.parametrize("tight", [True, False])
def test_pictures_are_blank_and_say_who_drew_them(tight: bool) -> None:
    """Cut to what is on them or of their own size."""
    assert style.svg(Figure(), "own", tight, creator=style.DRAWN) == BLANK % style.DRAWN.encode()
